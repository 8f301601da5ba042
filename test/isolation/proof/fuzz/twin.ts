import { randomBytes } from 'node:crypto';
import type { Credential } from './step';

/** What an input can name. */
export type Kind =
  | 'tenant'
  | 'document'
  /** Only names that hold the canary: the others are the same in both tenants. */
  | 'filename'
  | 'query'
  | 'spare_key'
  | 'document_cursor'
  | 'chunk_cursor'
  | 'usage_cursor'
  | 'key_cursor'
  | 'ticket'
  | 'etag'
  | 'tenant_etag'
  | 'administrator'
  /** One that failed. */
  | 'job'
  | 'moment';

export interface Keys {
  readonly key: string;
  /** With scope `admin`. */
  readonly adminKey: string;
  /** Of the tenant's own administrator; null where the deployment gives none. */
  readonly token: string | null;
}

/** One of two tenants with the same titles, texts and client ids, told apart by their canary alone. */
export class Twin {
  /** Everything that names this tenant or its things: may stand in no answer to the other. */
  readonly secrets = new Set<string>();
  /** Values that are not its own but were sent in its name: an answer may repeat them. */
  readonly sent = new Set<string>();
  private readonly known = new Map<Kind, string[]>();

  constructor(
    readonly name: string,
    readonly tenantId: string,
    readonly canary: string,
    private readonly keys: Keys,
    /** What its idempotency keys begin with: the same as its twin's. */
    readonly clientIds: string,
  ) {
    const threshold = String(thresholdOf(canary));
    for (const secret of [tenantId, canary, threshold, keys.key, keys.adminKey, keys.token]) if (secret !== null) this.secrets.add(secret);
    this.learn('tenant', tenantId);
  }

  authorization(credential: Credential, administrator: string): string | null {
    switch (credential) {
      case 'key':
        return this.keys.key;
      case 'admin_key':
        return this.keys.adminKey;
      case 'tenant_token':
        return this.keys.token ?? this.keys.adminKey;
      case 'platform':
        return administrator;
      case 'nobody':
        return null;
    }
  }

  /** Oldest first, each once. */
  learn(kind: Kind, value: unknown): void {
    if (typeof value !== 'string' || value === '') return;
    const values = this.known.get(kind) ?? [];
    if (!values.includes(value)) this.known.set(kind, [...values, value]);
  }

  pick(kind: Kind, index: number): string | null {
    const values = this.known.get(kind) ?? [];
    return values[index % Math.max(1, values.length)] ?? null;
  }
}

/** The canary as a number, the tenant's own `min_confidence`: a query that sets none shows whose settings it was answered with. Refuses next to nothing. */
export const thresholdOf = (canary: string): number =>
  Number((0.001 + (Number.parseInt(canary.slice(0, 8), 16) / 2 ** 32) * 0.008).toFixed(12));

/** 128 bits that stand nowhere else. */
export const newCanary = (): string => randomBytes(16).toString('hex');

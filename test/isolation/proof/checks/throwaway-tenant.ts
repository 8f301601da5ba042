import { randomBytes } from 'node:crypto';
import type { Target } from '../check';
import { ask, askUntilAdmitted, multipart, type Asking, type Reply } from './requests';

const INGESTED_WITHIN_MS = 60_000;

/** A tenant that lives as long as one check: made and removed through the administrator's routes. */
export class ThrowawayTenant {
  private constructor(
    private readonly target: Target,
    readonly id: string,
    readonly keyId: string,
    readonly key: string,
    /** In every text that the tenant has. */
    readonly canary: string,
  ) {}

  static async create(target: Target, about: object = {}): Promise<ThrowawayTenant> {
    const canary = `canary${randomBytes(16).toString('hex')}`;
    const { status, body, text } = await askUntilAdmitted(target, {
      method: 'POST',
      path: '/v1/admin/tenants',
      key: target.administrator,
      body: { name: `proof ${canary}`, settings: { rate_limit_rps: 10_000 }, ...about },
    });
    if (status !== 201) throw new Error(`no throw-away tenant: ${status} ${text}`);
    const { id: keyId, key } = body['api_key'] as { id: string; key: string };
    return new ThrowawayTenant(target, String(body['id']), keyId, key, canary);
  }

  ask(asking: Omit<Asking, 'key'>): Promise<Reply> {
    return ask(this.target, { ...asking, key: this.key });
  }

  get(path: string): Promise<Reply> {
    return this.ask({ method: 'GET', path });
  }

  post(path: string, body: object): Promise<Reply> {
    return this.ask({ method: 'POST', path, body });
  }

  /** The id of a document that was processed to its end. */
  async ingest(filename: string, content: string, fields: Readonly<Record<string, string>> = {}): Promise<string> {
    const parts = Object.entries(fields).map(([name, value]) => ({ name, content: value }));
    const { headers, body } = multipart([{ name: 'file', filename, content }, ...parts]);
    const uploaded = await this.ask({ method: 'POST', path: '/v1/documents', headers, body });
    if (uploaded.status !== 202) throw new Error(`an upload was answered ${uploaded.status}: ${uploaded.text}`);
    const id = String(uploaded.body['id']);
    const deadline = Date.now() + INGESTED_WITHIN_MS;
    for (;;) {
      const { body: document } = await this.get(`/v1/documents/${id}`);
      if (document['status'] === 'completed') return id;
      if (document['status'] === 'failed' || Date.now() > deadline)
        throw new Error(`a document was not processed: ${JSON.stringify(document)}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  remove(): Promise<void> {
    return removeTenant(this.target, this.id);
  }
}

/** What the API can remove of it; a deployment without that route keeps it, suspended. */
export async function removeTenant(target: Target, id: string): Promise<void> {
  const [path, key] = [`/v1/admin/tenants/${id}`, target.administrator];
  const { status } = await askUntilAdmitted(target, { method: 'DELETE', path, key });
  if (status >= 400) await askUntilAdmitted(target, { method: 'PATCH', path, key, body: { is_active: false } });
}

/** Two tenants for one piece of work, removed whatever becomes of it. */
export async function withTenants<T>(
  target: Target,
  work: (tenants: readonly [mine: ThrowawayTenant, theirs: ThrowawayTenant]) => Promise<T>,
): Promise<T> {
  const tenants: ThrowawayTenant[] = [];
  const another = async (): Promise<ThrowawayTenant> => {
    const tenant = await ThrowawayTenant.create(target);
    tenants.push(tenant);
    return tenant;
  };
  try {
    return await work([await another(), await another()]);
  } finally {
    for (const tenant of tenants) await tenant.remove();
  }
}

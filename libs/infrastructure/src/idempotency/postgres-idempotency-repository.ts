import type { EntityManager } from 'typeorm';
import type { FinishedAnswer, IdempotencyRepository, KeptKey, KeyClaim, KeyOwner } from '@aegis/application/shared/idempotency-repository';
import { returnedRows } from '../persistence/returned-rows';

interface KeptRow {
  readonly fingerprint: Uint8Array;
  readonly state: 'running' | 'done';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body_enc: Uint8Array;
}

/** Where keys of the platform's administrators stand: no tenant has this id, and only `app_admin` may write there. */
export const PLATFORM_PLACE = '00000000-0000-0000-0000-000000000000';

const LEASE = `interval '60 s'`;
const LIFETIME = `interval '24 h'`;

export class PostgresIdempotencyRepository implements IdempotencyRepository {
  constructor(
    private readonly manager: EntityManager,
    /** A tenant, or the platform's place. */
    private readonly placeId: string,
  ) {}

  async claim({ principal, key, attempt }: KeyClaim, fingerprint: Uint8Array): Promise<boolean> {
    return this.hits(
      `INSERT INTO idempotency_keys AS i (tenant_id, principal, key, fingerprint, state, owner, lease_until, expires_at)
       VALUES ($1, $2, $3, $4, 'running', $5, clock_timestamp() + ${LEASE}, clock_timestamp() + ${LIFETIME})
       ON CONFLICT (tenant_id, principal, key) DO UPDATE
         SET fingerprint = EXCLUDED.fingerprint, state = 'running', owner = EXCLUDED.owner, lease_until = EXCLUDED.lease_until,
             expires_at = EXCLUDED.expires_at, status = NULL, headers = NULL, body_enc = NULL,
             document_ids = '{}'
       WHERE i.expires_at < clock_timestamp()
          OR (i.state = 'running' AND i.lease_until < clock_timestamp() AND i.fingerprint = EXCLUDED.fingerprint)
       RETURNING owner`,
      [this.placeId, principal, key, Buffer.from(fingerprint), attempt],
    );
  }

  async find({ principal, key }: KeyOwner): Promise<KeptKey | null> {
    const [row] = await this.manager.query<KeptRow[]>(
      `SELECT fingerprint, state, status, headers, body_enc FROM idempotency_keys
        WHERE tenant_id = $1 AND principal = $2 AND key = $3 AND expires_at >= clock_timestamp()`,
      [this.placeId, principal, key],
    );
    if (row === undefined) return null;
    const answer = row.state === 'done' ? { status: row.status, headers: row.headers, body: row.body_enc } : null;
    return { fingerprint: row.fingerprint, answer };
  }

  /** Not even a lease that ran out matters here: as long as nobody has taken the key over, the effect is the first. */
  finish(claim: KeyClaim, { status, headers, body, documentIds }: FinishedAnswer): Promise<boolean> {
    return this.hits(
      `UPDATE idempotency_keys SET state = 'done', status = $5, headers = $6, body_enc = $7, document_ids = $8 ${OURS} RETURNING owner`,
      [...this.ours(claim), status, headers, Buffer.from(body), documentIds],
    );
  }

  async renew(claim: KeyClaim): Promise<void> {
    await this.manager.query(`UPDATE idempotency_keys SET lease_until = clock_timestamp() + ${LEASE} ${OURS}`, this.ours(claim));
  }

  async release(claim: KeyClaim): Promise<void> {
    await this.manager.query(`DELETE FROM idempotency_keys ${OURS}`, this.ours(claim));
  }

  async forgetDocument(documentId: string): Promise<void> {
    await this.manager.query('DELETE FROM idempotency_keys WHERE tenant_id = $1 AND $2 = ANY (document_ids)', [this.placeId, documentId]);
  }

  private ours({ principal, key, attempt }: KeyClaim): unknown[] {
    return [this.placeId, principal, key, attempt];
  }

  private async hits(sql: string, parameters: unknown[]): Promise<boolean> {
    return returnedRows(await this.manager.query<unknown>(sql, parameters)).length === 1;
  }
}

const OURS = `WHERE tenant_id = $1 AND principal = $2 AND key = $3 AND owner = $4 AND state = 'running'`;

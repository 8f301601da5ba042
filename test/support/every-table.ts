import { ApiKey } from '@aegis/domain/tenants/api-key';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import { reservationOf } from '@aegis/domain/shared/reservation';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { compactWhole } from './compacted';
import { aDocument, publishDocument, stageDocument } from './corpus';
import { ids, type TestDatabase } from './database';

/** A tenant with a row in every table that holds rows of tenants, all carrying `secret` where they carry text. */
export async function aTenantInEveryTable(database: TestDatabase, secret: string): Promise<TenantId> {
  const tenant = await database.aTenant({ name: secret });
  await publishDocument(database, tenant, [`${secret} 연차는 15일이다`], { filename: '취업규칙.md', title: secret });
  await publishDocument(database, tenant, [`${secret} 연차는 17일이다`], { filename: '취업규칙.md', version: 2, title: secret });
  await issueKey(database, tenant);
  const document = aDocument(tenant, { filename: `${secret}.md` });
  const reservation = reservationOf(ids.next(), [MicroUsd.of(100)], new Date());
  await database.uow().run(tenant, async (tx) => {
    await stageDocument(tx, database, document, [secret]);
    await tx.jobs.add({ id: ids.next(), kind: 'ingest_document', documentId: document.id, deadlineMs: 60_000 });
    await tx.jobs.cancelFor(document.id); // a worker that runs beside the test must not touch the rows
    await tx.tickets.add({ id: ids.next(), keyId: ids.next(), body: { query: secret }, expiresAt: new Date(Date.now() + 60_000) });
    await tx.usage.reserve(reservation);
    const line = { kind: 'generation', provider: 'extractive', model: 'extractive', tokensIn: 1, tokensOut: 1, pages: 0 } as const;
    await tx.usage.post(reservation, [{ ...line, cost: MicroUsd.of(10) }], { queryId: null, documentId: document.id });
  });
  await database.platform.connections.transaction('app_admin', (manager) =>
    manager.query('INSERT INTO administrators (tenant_id, id, issuer, subject, appointed_at) VALUES ($1, $2, $3, $3, now())', [
      tenant,
      ids.next(),
      secret,
    ]),
  );
  // What is published goes into segments; what is staged stays among the postings.
  await compactWhole(database, tenant);
  // Written by parts that are not the business of the database tests.
  await database.rows(
    tenant,
    `INSERT INTO document_assets (tenant_id, id, document_id, asset_type, storage_key, sha256) VALUES ($1, $2, $3, 'table', $4, '')`,
    [tenant, ids.next(), document.id, secret],
  );
  await database.rows(
    tenant,
    `INSERT INTO chunk_tokens (tenant_id, chunk_id, model_version, codes)
     SELECT $1, e.chunk_id, e.model_version, convert_to($2, 'UTF8') FROM embeddings e WHERE e.tenant_id = $1`,
    [tenant, secret],
  );
  await database.rows(
    tenant,
    `INSERT INTO idempotency_keys (tenant_id, principal, key, fingerprint, state, owner, lease_until, expires_at)
     VALUES ($1, $2, 'a-key', '', 'running', $3, now() + interval '1 min', now() + interval '1 day')`,
    [tenant, secret, ids.next()],
  );
  await database.rows(
    tenant,
    `INSERT INTO queries (tenant_id, id, asked_at, kind, key_id, corpus_epoch, model_version, refused, cost_micro_usd, input, result)
     VALUES ($1, $2, now(), 'query', $3, 1, 1, false, 10, jsonb_build_object('query', $4::text), '{}')`,
    [tenant, ids.next(), ids.next(), secret],
  );
  await database.rows(tenant, `INSERT INTO outbox (tenant_id, topic, payload, sent_at) VALUES ($1, 'document.processed', $2, now())`, [
    tenant,
    JSON.stringify({ secret }),
  ]);
  return tenant;
}

async function issueKey(database: TestDatabase, tenantId: TenantId): Promise<void> {
  const about = {
    name: 'key',
    mode: 'live',
    lookupId: ids.next(),
    digest: new Uint8Array(32),
    scopes: ['query'],
    expiresAt: null,
  } as const;
  const key = ApiKey.issue({ ...about, id: ApiKeyId.parse(ids.next()), tenantId }, { kind: 'platform_admin' }, new Date());
  await database.platformUow().run((tx) => tx.apiKeys.add(key));
}

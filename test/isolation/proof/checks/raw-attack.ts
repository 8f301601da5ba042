import { createHash, randomUUID } from 'node:crypto';
import type { Check, Finding, Target, TargetDatabase } from '../check';
import { LoggedInAttacker, SET_CONTEXT } from './raw/attacker';
import { RAW_ATTACKS } from './raw/raw-attacks';
import { Scene } from './raw/scene';
import { ask } from './requests';
import { withTenants, type ThrowawayTenant } from './throwaway-tenant';

type Sign = (tenant: string, aheadMs?: number) => string;

/** Rows that no answer of the API leaves behind for long: written as the tenant itself could. `$1` is the tenant. */
const TRANSIENT: Readonly<Record<string, string>> = {
  chunk_tokens: `INSERT INTO chunk_tokens (tenant_id, chunk_id, model_version, codes)
    SELECT $1, e.chunk_id, e.model_version, convert_to($2, 'UTF8') FROM embeddings e WHERE e.tenant_id = $1 ORDER BY e.chunk_id LIMIT 1
    ON CONFLICT DO NOTHING`,
  document_assets: `INSERT INTO document_assets (tenant_id, id, document_id, asset_type, storage_key, sha256)
    SELECT $1, gen_random_uuid(), id, 'table', $2, '' FROM documents WHERE tenant_id = $1 LIMIT 1`,
  hidden_chunks: `INSERT INTO hidden_chunks (tenant_id, chunk_id, dead) SELECT $1, 9000000000000000, $2 IS NOT NULL`,
  idempotency_keys: `INSERT INTO idempotency_keys (tenant_id, principal, key, fingerprint, state, owner, lease_until, expires_at)
    VALUES ($1, 'proof', $2, '', 'running', gen_random_uuid(), now() + interval '1 min', now() + interval '1 day')`,
  jobs: `INSERT INTO jobs (tenant_id, id, kind, state, deadline_at, settled_at)
    SELECT $1, gen_random_uuid(), 'ingest_document', 'done', now(), now() WHERE $2 <> ''`,
  outbox: `INSERT INTO outbox (tenant_id, topic, payload, sent_at) VALUES ($1, 'document.processed', jsonb_build_object('note', $2::text), now())`,
  posting_segments: `INSERT INTO posting_segments (tenant_id, live, shared, term, first_chunk, last_chunk, n, chunk_ids, tfs, dls)
    SELECT $1, true, false, hashtext($2), c.id, c.id, 1, ARRAY[c.id], '{1}', '{1}' FROM chunks c WHERE c.tenant_id = $1 LIMIT 1`,
  stream_tickets: `INSERT INTO stream_tickets (tenant_id, id, key_id, body, expires_at)
    VALUES ($1, gen_random_uuid(), gen_random_uuid(), jsonb_build_object('query', $2::text), now() + interval '10 min')`,
};

/** Two versions, a query, a search, a ticket, another key: whatever the API makes rows of. */
async function fillByUse(target: Target, tenant: ThrowawayTenant): Promise<void> {
  const { canary } = tenant;
  const about = { title: canary, doc_type: canary, tags: JSON.stringify([canary]), metadata: JSON.stringify({ note: canary }) };
  await tenant.ingest('취업규칙.md', `# 취업규칙 ${canary}\n\n연차는 15일이다. Annual leave is 15 days.\n`, about);
  await tenant.ingest('취업규칙.md', `# 취업규칙 ${canary}\n\n연차는 17일이다. Annual leave is 17 days.\n`, about);
  await tenant.post('/v1/query', { query: `${canary} 연차는 며칠인가요?`, min_confidence: 0 });
  await tenant.post('/v1/search', { query: 'annual leave' });
  await tenant.post('/v1/query/stream/tickets', { query: canary });
  await ask(target, {
    method: 'POST',
    path: '/v1/admin/administrators',
    key: target.administrator,
    body: { issuer: 'https://login.example.com', subject: canary, role: 'tenant_admin', tenant_id: tenant.id },
  });
}

async function fillTheRest(database: TargetDatabase, sign: Sign, scene: Scene, tenant: ThrowawayTenant): Promise<void> {
  // Looked at before the transaction: the embedded engine has one session, and it would wait for itself.
  const stored = await scene.fingerprint(tenant.id);
  const client = await database.runtime.connect();
  try {
    await client.query('BEGIN');
    await client.query(SET_CONTEXT, [tenant.id, sign(tenant.id)]);
    for (const [table, rows] of stored) {
      const sql = TRANSIENT[table];
      if (rows === 0 && sql !== undefined) await client.query(sql, [tenant.id, `${tenant.canary}${randomUUID()}`]);
    }
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

/** A scene with rows of both tenants in every table. */
export async function openScene(target: Target, mine: ThrowawayTenant, theirs: ThrowawayTenant): Promise<Scene> {
  const { database } = target;
  const sign = database?.sign ?? null;
  if (database === null || sign === null) throw new Error('no database');
  const scene = await Scene.open(new LoggedInAttacker(database, sign), mine.id, theirs.id);
  for (const tenant of [mine, theirs]) {
    await fillByUse(target, tenant);
    await fillTheRest(database, sign, scene, tenant);
  }
  return scene;
}

/** Every attack on a scene that is ready; tables without a row of the other are findings too. */
export async function attack(scene: Scene): Promise<readonly Finding[]> {
  const empty = (await scene.fingerprint(scene.theirs)).flatMap(([table, rows]) => (rows === 0 ? [table] : []));
  const findings: Finding[] = empty.map((table) => ({ what: table, detail: 'has no row of the other tenant: nothing was proved of it' }));
  for (const { name, run } of RAW_ATTACKS) {
    for (const { what, detail } of await run(scene)) findings.push({ what: `${name}: ${what}`, detail });
  }
  return findings;
}

/** DB-2: SQL of somebody who got into the process, with the runtime's login and a context of their own. */
export const rawAttack: Check = {
  name: 'raw-attack',
  claim: 'Whoever runs SQL of their own as the runtime role, under a true context of one tenant, sees and changes no row of another.',
  cannotRun: ({ database }) => (database === null ? 'needs DATABASE_URL' : database.sign === null ? 'needs AEGIS_SECRET_KEY' : null),
  run: (target) =>
    withTenants(target, async ([mine, theirs]) => {
      const scene = await openScene(target, mine, theirs);
      const findings = await attack(scene);
      const figures = { tables: scene.tables.length, partitions: scene.partitions.length, attacks: RAW_ATTACKS.length };
      return { cases: scene.cases, findings, figures: { ...figures, attack_list: digestOf(RAW_ATTACKS.map(({ name }) => name)) } };
    }),
};

/** Two reports with the same digest ran the same attacks. */
const digestOf = (names: readonly string[]): string => createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 16);

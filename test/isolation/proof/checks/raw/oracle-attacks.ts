import { randomUUID } from 'node:crypto';
import type { Finding } from '../../check';
import type { Outcome, Statement } from './attacker';
import type { RawAttack, Scene } from './scene';

/** Error code and wording without the ids in it, or the number of rows. */
const shown = (outcome: Outcome): string =>
  'code' in outcome ? `${outcome.code} ${outcome.message.replace(/[0-9a-f-]{36}/g, '…')}` : `${outcome.rows.length} rows`;

interface Known {
  readonly document: string;
  readonly chunk: string;
  readonly reservation: string;
}

/** Foreign keys into the other's rows; `$1` is our tenant, `$2` the id that is probed. */
const PROBES: readonly (readonly [keyof Known, string])[] = [
  [
    'document',
    `INSERT INTO document_assets (tenant_id, id, document_id, asset_type, storage_key, sha256) VALUES ($1, gen_random_uuid(), $2, '', '', '')`,
  ],
  [
    'document',
    `INSERT INTO jobs (tenant_id, id, kind, document_id, deadline_at) VALUES ($1, gen_random_uuid(), 'ingest_document', $2, now())`,
  ],
  [
    'document',
    `INSERT INTO chunks (tenant_id, public_id, document_id, ordinal, content, section, kind, token_count, dl)
     VALUES ($1, gen_random_uuid(), $2, 0, '', '{}', 'text', 1, 1)`,
  ],
  [
    'chunk',
    `INSERT INTO embeddings (tenant_id, chunk_id, model_version, dims, document_id, embedding)
     SELECT $1, $2, m.model_version, m.dims, $1, array_fill(1::real, ARRAY[m.dims::int])::halfvec FROM embedding_models m LIMIT 1`,
  ],
  [
    'reservation',
    `INSERT INTO usage_records (tenant_id, reservation_id, kind, provider, model, tokens_in, tokens_out, cost_micro_usd)
     VALUES ($1, $2, 'generation', '', '', 0, 0, 0)`,
  ],
  ['document', `UPDATE documents SET previous_version_id = $2 WHERE tenant_id = $1`],
];

/** An id that nobody has, of the kind. */
const nobodys = (kind: keyof Known): string => (kind === 'chunk' ? '9000000000000000' : randomUUID());

async function known(scene: Scene): Promise<Known> {
  const first = async (sql: string): Promise<string> => {
    const [row] = await scene.allRows<{ id: string }>(sql, [scene.theirs]);
    return row?.id ?? randomUUID();
  };
  return {
    document: await first('SELECT id FROM documents WHERE tenant_id = $1 LIMIT 1'),
    chunk: await first('SELECT id::text AS id FROM chunks WHERE tenant_id = $1 LIMIT 1'),
    reservation: await first('SELECT id FROM reservations WHERE tenant_id = $1 LIMIT 1'),
  };
}

async function foreignKeys(scene: Scene): Promise<readonly Finding[]> {
  const theirs = await known(scene);
  const findings: Finding[] = [];
  for (const [kind, sql] of PROBES) {
    const probe = (id: string): Statement => [sql, [scene.mine, id]];
    const foreign = shown(await scene.attempt(scene.of(scene.mine), probe(theirs[kind])));
    const missing = shown(await scene.attempt(scene.of(scene.mine), probe(nobodys(kind))));
    if (foreign !== missing || !foreign.startsWith('23503')) {
      findings.push({ what: sql, detail: `the other’s id: ${foreign}; an id of nobody: ${missing}` });
    }
  }
  return findings;
}

interface UniqueColumn {
  readonly table: string;
  readonly index: string;
  /** Columns after the tenant, as the index has them. */
  readonly columns: readonly string[] | null;
}

const UNIQUE = `SELECT t.relname AS table, x.relname AS index,
    (SELECT array_agg(a.attname::text ORDER BY k.ordinality) FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, ordinality) JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
      WHERE k.ordinality <= i.indnkeyatts AND a.attname <> 'tenant_id') AS columns
  FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
 WHERE i.indisunique AND t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition
   AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'tenant_id')
   AND has_any_column_privilege('app_runtime', t.oid, 'UPDATE') ORDER BY 1, 2`;

/**
 * One of our rows takes the values of one of theirs in every unique key: a collision would tell that they are there.
 * Values that a row of ours has as well are left out. Ours would collide with them, and two rows that have them show already that they are free.
 */
async function uniqueKeys(scene: Scene): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { table, index, columns } of await scene.allRows<UniqueColumn>(UNIQUE)) {
    if (columns === null || columns.length === 0) continue; // one row a tenant: nothing to collide with
    const same = columns.map((column) => `o.${column} = t.${column}`).join(' AND ');
    const [theirs] = await scene.allRows<{ row: object }>(
      `SELECT to_jsonb(t) AS row FROM ${table} t WHERE tenant_id = $1 AND NOT EXISTS (SELECT FROM ${table} o WHERE o.tenant_id = $2 AND ${same}) LIMIT 1`,
      [scene.theirs, scene.mine],
    );
    const taken = columns.map((column) => `${column} = r.${column}`).join(', ');
    const one = `t.ctid = (SELECT ctid FROM ${table} WHERE tenant_id = $2 LIMIT 1)`;
    const outcome = await scene.attempt(scene.of(scene.mine), [
      `UPDATE ${table} t SET ${taken} FROM jsonb_populate_record(NULL::${table}, $1::jsonb) r WHERE ${one}`,
      [JSON.stringify(theirs?.row ?? {}), scene.mine],
    ]);
    // Our own keys may forbid it, or a foreign key; only a collision with a row of the other says something.
    const collided = 'code' in outcome && outcome.code === '23505' && outcome.message.includes(index);
    if (collided) findings.push({ what: index, detail: `${outcome.code} ${outcome.message}` });
  }
  return findings;
}

/** Existence told by an error. */
export const oracleAttacks: readonly RawAttack[] = [
  { name: 'a foreign key tells a row of the other from one that nobody has no more than nothing', run: foreignKeys },
  { name: 'unique keys of the other are free for us', run: uniqueKeys },
];

import { randomUUID } from 'node:crypto';
import type { Finding } from '../../check';
import { REFUSED, type RawAttack, type Scene, type TenantTable } from './scene';

/** Scans of every kind: the order in which a plan looks at policy and query is not ours to choose. */
export const SCANS: Readonly<Record<string, readonly string[]>> = {
  'a sequential scan': ['enable_indexscan', 'enable_indexonlyscan', 'enable_bitmapscan'],
  'an index scan': ['enable_seqscan', 'enable_bitmapscan'],
  'a bitmap scan': ['enable_seqscan', 'enable_indexscan', 'enable_indexonlyscan'],
};

/** Reads a table and sets the tenant while reading. */
export const flip = (table: Pick<TenantTable, 'name' | 'column'>, theirs: string): string =>
  `SELECT ${table.column}::text AS tenant FROM ${table.name} WHERE set_config('app.tenant_id', '${theirs}', true) IS NOT NULL`;

export const switchedOff = (settings: readonly string[]): readonly string[] =>
  settings.map((name) => `SELECT set_config('${name}', 'off', true)`);

const set = (theirs: string): string => `set_config('app.tenant_id', '${theirs}', true)`;

/** What else can be between the check and the row. */
const DETOURS: Readonly<Record<string, (theirs: string) => readonly string[]>> = {
  'a join': (theirs) => [
    `SELECT d.tenant_id FROM documents d, LATERAL (SELECT ${set(theirs)}) s, chunks c WHERE c.tenant_id = d.tenant_id OR c.document_id = d.id`,
  ],
  'a sub-select': (theirs) => [`SELECT tenant_id FROM documents WHERE (SELECT ${set(theirs)}) <> ''`],
  'a CTE': (theirs) => [
    `WITH s AS MATERIALIZED (SELECT ${set(theirs)} AS done) SELECT d.tenant_id FROM s JOIN documents d ON s.done <> ''`,
  ],
  'an aggregate': (theirs) => [
    `SELECT (SELECT string_agg(d.tenant_id::text, ',') FROM documents d) AS tenant_id FROM (SELECT ${set(theirs)}) s`,
  ],
  'a nearest-neighbour scan': (theirs) => [
    `SELECT e.tenant_id FROM embeddings e WHERE ${set(theirs)} <> '' ORDER BY e.embedding <=> e.embedding LIMIT 100`,
  ],
  'an EXISTS': (theirs) => [
    `SELECT t.tenant_id FROM documents t WHERE EXISTS (SELECT 1 FROM chunks c WHERE ${set(theirs)} <> '' AND c.document_id = t.id)`,
  ],
  'a window': (theirs) => [`SELECT first_value(tenant_id) OVER (ORDER BY ${set(theirs)}) AS tenant_id FROM documents`],
  RETURNING: (theirs) => [`UPDATE documents SET revision = revision WHERE ${set(theirs)} <> '' RETURNING tenant_id`],
  'DELETE … RETURNING': (theirs) => [`DELETE FROM chunks WHERE ${set(theirs)} <> '' RETURNING tenant_id`],
  'a cursor': (theirs) => [
    'DECLARE held CURSOR FOR SELECT tenant_id FROM documents ORDER BY set_config($$app.x$$, $$1$$, true)',
    `SELECT ${set(theirs)}`,
    'FETCH ALL FROM held',
  ],
  'a prepared statement': (theirs) => {
    const name = `p${randomUUID().replaceAll('-', '')}`;
    return [`PREPARE ${name} AS SELECT tenant_id FROM documents`, `EXECUTE ${name}`, `SELECT ${set(theirs)}`, `EXECUTE ${name}`];
  },
  'a savepoint': (theirs) => ['SAVEPOINT s', `SELECT ${set(theirs)}`, 'ROLLBACK TO s', 'SELECT tenant_id FROM documents'],
};

async function byScan(scene: Scene, settings: readonly string[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const table of scene.tables) {
    const outcome = await scene.attempt(scene.of(scene.mine), ...switchedOff(settings), flip(table, scene.theirs));
    // A refusal is as good as no rows: both tell nothing of the other.
    if ('rows' in outcome && outcome.rows.some(({ tenant }) => tenant !== scene.mine)) {
      findings.push({ what: table.name, detail: `${outcome.rows.length} rows, some of the other tenant` });
    }
  }
  return findings;
}

/** A context that was ours when the statement began. */
export const switchAttacks: readonly RawAttack[] = [
  ...Object.entries(SCANS).map(([name, settings]) => ({
    name: `the tenant changed in the middle of ${name}: nothing of the other`,
    run: (scene: Scene) => byScan(scene, settings),
  })),
  {
    name: 'the tenant changed, and read again: refused, since the signature is not theirs',
    run: (scene) =>
      scene.unlike([REFUSED], (table) => scene.attempt(scene.of(scene.mine), flip(table, scene.theirs), `SELECT * FROM ${table.name}`)),
  },
  ...Object.entries(DETOURS).map(([name, statements]) => ({
    name: `the tenant changed in ${name}: nothing of the other`,
    run: async (scene: Scene) => scene.namesTheirs(name, await scene.attempt(scene.of(scene.mine), ...statements(scene.theirs))),
  })),
];

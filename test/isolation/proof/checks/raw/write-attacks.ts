import { isDeepStrictEqual } from 'node:util';
import type { Statement } from './attacker';
import { REFUSED, type RawAttack, type Scene, type TenantTable } from './scene';

/** An INSERT of a row as it is in the table, with the columns that the role may give; `owner`'s row, said to be of `as`. */
async function insertOf(scene: Scene, table: TenantTable, owner: string, as: string): Promise<readonly [string, readonly unknown[]]> {
  const columns = await scene.allRows<{ name: string }>(
    `SELECT a.attname AS name FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
       AND a.attidentity = '' AND a.attgenerated = '' AND has_column_privilege('app_runtime', a.attrelid, a.attnum, 'INSERT') ORDER BY a.attnum`,
    [table.name],
  );
  const names = columns.length === 0 ? table.column : columns.map(({ name }) => name).join(', ');
  const [row] = await scene.allRows<{ row: object }>(`SELECT to_jsonb(t) AS row FROM ${table.name} t WHERE ${table.column} = $1 LIMIT 1`, [
    owner,
  ]);
  const copy = { ...row?.row, [table.column]: as };
  return [
    `INSERT INTO ${table.name} (${names}) SELECT ${names} FROM jsonb_populate_record(NULL::${table.name}, $1::jsonb)`,
    [JSON.stringify(copy)],
  ];
}

const upsertOf = async (scene: Scene, table: TenantTable): Promise<Statement> => {
  const [sql, parameters] = await insertOf(scene, table, scene.theirs, scene.theirs);
  return [`${sql} ON CONFLICT DO NOTHING`, parameters];
};

/** What nobody may change, tables of the trail: not even the tenant whose it is. */
const TRAIL = ['audit_events', 'audit_heads', 'usage_records', 'corpus_epochs'];

export const writeAttacks: readonly RawAttack[] = [
  {
    name: 'a row without context: refused',
    run: (scene) => scene.unlike([REFUSED], async (table) => scene.attempt(null, await insertOf(scene, table, scene.mine, scene.mine))),
  },
  {
    name: 'a row of the other tenant: refused, and not because it is there already',
    run: (scene) =>
      scene.unlike([REFUSED], async (table) =>
        scene.attempt(scene.of(scene.mine), await insertOf(scene, table, scene.theirs, scene.theirs)),
      ),
  },
  {
    name: 'a row of ours that becomes the other’s on its way: refused',
    run: (scene) =>
      scene.unlike([REFUSED], async (table) => scene.attempt(scene.of(scene.mine), await insertOf(scene, table, scene.mine, scene.theirs))),
  },
  {
    name: 'an upsert over a row of the other tenant: refused',
    run: (scene) => scene.unlike([REFUSED], async (table) => scene.attempt(scene.of(scene.mine), await upsertOf(scene, table))),
  },
  {
    name: 'an update or a deletion of the other’s rows: finds none, and changes none',
    run: async (scene) => {
      const before = await scene.fingerprint(scene.theirs);
      const others = ({ column }: TenantTable): string => `${column} = '${scene.theirs}'`;
      const update = (table: TenantTable) =>
        scene.attempt(
          scene.of(scene.mine),
          `UPDATE ${table.name} SET ${table.column} = ${table.column} WHERE ${others(table)} RETURNING 1 AS changed`,
        );
      const remove = (table: TenantTable) =>
        scene.attempt(scene.of(scene.mine), `DELETE FROM ${table.name} WHERE ${others(table)} RETURNING 1 AS gone`);
      const lock = (table: TenantTable) =>
        scene.attempt(scene.of(scene.mine), `SELECT 1 FROM ${table.name} WHERE ${others(table)} FOR UPDATE`);
      const findings = [
        ...(await scene.unlike([REFUSED, 'no rows'], update)),
        ...(await scene.unlike([REFUSED, 'no rows'], remove)),
        ...(await scene.unlike([REFUSED, 'no rows'], lock)),
      ];
      const same = isDeepStrictEqual(await scene.fingerprint(scene.theirs), before);
      return same ? findings : [...findings, { what: 'rows of the other tenant', detail: 'were changed' }];
    },
  },
  {
    name: 'our own row moved to the other tenant: refused',
    run: (scene) =>
      scene.unlike([REFUSED], (table) =>
        scene.attempt(scene.of(scene.mine), `UPDATE ${table.name} SET ${table.column} = '${scene.theirs}'`),
      ),
  },
  {
    name: 'the trail of what was done: neither changed nor removed, not even our own',
    run: async (scene) => {
      const statements = TRAIL.flatMap((table) => [`UPDATE ${table} SET tenant_id = tenant_id`, `DELETE FROM ${table}`]);
      const forged = `INSERT INTO audit_events (tenant_id, canon, seq, hash) VALUES ('${scene.mine}', '\\x7b7d', 1, '\\x7b7d')`;
      return scene.unlikeEach([REFUSED], [...statements, forged]);
    },
  },
];

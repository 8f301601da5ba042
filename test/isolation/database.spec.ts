import { randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { TenantContextSigner } from '@aegis/infrastructure/persistence/tenant-context-signer';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { aDocument, publishDocument } from '../support/corpus';
import { OPEN_TIMEOUT_MS, TestDatabase, describeOnEmbedded, describeOnNative, ids } from '../support/database';
import { aTenantInEveryTable } from '../support/every-table';

interface TenantTable {
  readonly name: string;
  /** `id` of `tenants`, `tenant_id` of all others. */
  readonly column: string;
  readonly isPartition: boolean;
}
interface Context {
  readonly tenant: string;
  readonly signature: string;
}
type Outcome = { readonly rows: readonly Record<string, unknown>[] } | { readonly code: string; readonly message: string };

const REFUSED = '42501';
const GLOBAL_TABLES = ['embedding_models', 'migrations'];

/** P2 DB-2: SQL as somebody would run it who got into our code, as the role of the API and the worker. */
describe('database', () => {
  let database: TestDatabase;
  let mine: TenantId;
  let theirs: TenantId;
  let tables: readonly TenantTable[];
  let partitions: readonly TenantTable[];

  beforeAll(async () => {
    database = await TestDatabase.open();
    [mine, theirs] = [await aTenantInEveryTable(database, 'MINE'), await aTenantInEveryTable(database, 'THEIRS')];
    const all = await database.allRows<TenantTable>(
      `SELECT c.relname AS name, CASE c.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END AS column, c.relispartition AS "isPartition"
         FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> ALL ($1) ORDER BY 1`,
      [GLOBAL_TABLES],
    );
    tables = all.filter((table) => !table.isPartition);
    partitions = all.filter((table) => table.isPartition);
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());

  const signedAt = (aheadMs: number, tenant = theirs) => database.signer(aheadMs).sign(tenant);
  const of = (tenant: TenantId): Context => ({ tenant, signature: database.signer().sign(tenant) });

  /** One transaction as app_runtime, with whatever context; everything in it is rolled back. */
  async function attempt(
    context: Context | null,
    ...statements: readonly (string | readonly [string, readonly unknown[]])[]
  ): Promise<Outcome> {
    const end = new Error('rolled back');
    let rows: Record<string, unknown>[] = [];
    const work = async (manager: EntityManager): Promise<void> => {
      if (context !== null) {
        await manager.query(`SELECT set_config('app.tenant_id', $1, true), set_config('app.tenant_sig', $2, true)`, [
          context.tenant,
          context.signature,
        ]);
      }
      for (const statement of statements) {
        const [sql, parameters] = typeof statement === 'string' ? [statement, []] : statement;
        const result = await manager.query<unknown>(sql, [...parameters]);
        rows = (Array.isArray(result) && Array.isArray(result[0]) ? result[0] : result) as Record<string, unknown>[];
      }
      throw end;
    };
    try {
      await database.platform.connections.transaction('app_runtime', work);
    } catch (error) {
      if (error === end) return { rows };
      return { code: String(Reflect.get(Object(error), 'code')), message: String(Reflect.get(Object(error), 'message')) };
    }
    throw new Error('the attempt was not rolled back');
  }

  /** Tries one thing on every tenant table; answers with those where something else came out. */
  async function unlike(expected: readonly string[], tryOn: (table: TenantTable) => Promise<Outcome>, on = tables): Promise<unknown[]> {
    const surprising: unknown[] = [];
    for (const table of on) {
      const outcome = await tryOn(table);
      const result = 'code' in outcome ? outcome.code : outcome.rows.length === 0 ? 'no rows' : 'rows';
      if (!expected.includes(result)) surprising.push([table.name, result, 'message' in outcome ? outcome.message : outcome.rows]);
    }
    return surprising;
  }

  const select = ({ name }: TenantTable) => `SELECT * FROM ${name}`;
  /** Every row of a tenant, as its bytes: a change anywhere shows. */
  const fingerprint = (tenant: TenantId) =>
    Promise.all(
      tables.map(async ({ name, column }) => {
        const [row] = await database.allRows<{ rows: string; digest: string }>(
          `SELECT count(*) AS rows, md5(string_agg(t::text, '|' ORDER BY t::text)) AS digest FROM ${name} t WHERE ${column} = $1`,
          [tenant],
        );
        return [name, Number(row?.rows), row?.digest] as const;
      }),
    );

  it('has rows of both tenants in every tenant table: a table without any would prove nothing', async () => {
    expect(tables.length).toBeGreaterThan(18);
    expect(partitions).toHaveLength(16);
    for (const tenant of [mine, theirs]) {
      expect((await fingerprint(tenant)).filter(([, rows]) => rows === 0)).toEqual([]);
    }
  });

  it('shows a tenant all rows of its own and nobody else’s', async () => {
    const own = await fingerprint(mine);
    for (const [name, rows] of own) {
      const table = tables.find((each) => each.name === name);
      const outcome = await attempt(of(mine), `SELECT DISTINCT ${table?.column} AS tenant, count(*)::int AS rows FROM ${name} GROUP BY 1`);
      expect([name, outcome]).toEqual([name, { rows: [{ tenant: mine, rows }] }]);
    }
  });

  describe('context', () => {
    it('none: nothing is seen', async () => {
      expect(await unlike(['no rows'], (table) => attempt(null, select(table)))).toEqual([]);
    });

    it('empty: nothing is seen', async () => {
      expect(await unlike(['no rows'], (table) => attempt({ tenant: '', signature: '' }, select(table)))).toEqual([]);
    });

    const forgeries: readonly (readonly [string, () => Context])[] = [
      ['without signature', () => ({ tenant: theirs, signature: '' })],
      ['of another tenant', () => ({ tenant: theirs, signature: database.signer().sign(mine) })],
      ['of another key', () => ({ tenant: theirs, signature: new TenantContextSigner(1, randomBytes(32)).sign(theirs) })],
      ['of a key that is not known', () => ({ tenant: theirs, signature: database.signer().sign(theirs).replace(/^1\./, '2.') })],
      ['that is fifteen minutes old', () => ({ tenant: theirs, signature: signedAt(-960_000) })],
      ['that is fifteen minutes ahead', () => ({ tenant: theirs, signature: signedAt(960_000) })],
      [
        'with its time moved',
        () => ({ tenant: theirs, signature: signedAt(-2_000_000).replace(/\.\d+\./, `.${Math.floor(Date.now() / 1000)}.`) }),
      ],
      ['with one digit changed', () => ({ tenant: theirs, signature: lastDigitChanged(database.signer().sign(theirs)) })],
      ['in capitals', () => ({ tenant: theirs, signature: database.signer().sign(theirs).toUpperCase() })],
      ['of the tenant in capitals', () => ({ tenant: theirs.toUpperCase(), signature: database.signer().sign(theirs) })],
    ];
    it.each(forgeries)('signature %s: refused on every table', async (_name, context) => {
      expect(await unlike([REFUSED], (table) => attempt(context(), select(table)))).toEqual([]);
    });

    it('signature of our own tenant, almost fifteen minutes old: still good', async () => {
      expect(await unlike(['rows'], (table) => attempt({ tenant: mine, signature: signedAt(-890_000, mine) }, select(table)))).toEqual([]);
    });

    it.each(['a', '1.x.y', '1..', '...', '1.9223372036854775808.00', `1.${'9'.repeat(400)}.00`])(
      'signature %j: an error, never a row',
      async (signature) => {
        const outcomes = await unlike([REFUSED, '22P02', '22003'], (table) => attempt({ tenant: theirs, signature }, select(table)));
        expect(outcomes).toEqual([]);
      },
    );
  });

  describe('switched in mid-statement', () => {
    const flip = (table: TenantTable) =>
      `SELECT ${table.column}::text AS tenant FROM ${table.name} WHERE set_config('app.tenant_id', '${theirs}', true) IS NOT NULL`;
    const scans = {
      'sequential scans': ['enable_indexscan', 'enable_indexonlyscan', 'enable_bitmapscan'],
      'index scans': ['enable_seqscan', 'enable_bitmapscan'],
      'bitmap scans': ['enable_seqscan', 'enable_indexscan', 'enable_indexonlyscan'],
    };
    it.each(Object.entries(scans))('by %s: finds nothing of the other', async (_name, off) => {
      const settings = off.map((name) => `SELECT set_config('${name}', 'off', true)`);
      const leaks = [];
      for (const table of tables) {
        const outcome = await attempt(of(mine), ...settings, flip(table));
        if ('rows' in outcome && outcome.rows.some(({ tenant }) => tenant !== mine)) leaks.push(table.name);
      }
      expect(leaks).toEqual([]);
    });

    it('and read again: refused, since the signature is not theirs', async () => {
      expect(await unlike([REFUSED], (table) => attempt(of(mine), flip(table), select(table)))).toEqual([]);
    });

    it('in a join, a sub-select, a function call and a CTE: finds nothing of the other', async () => {
      const set = `set_config('app.tenant_id', '${theirs}', true)`;
      for (const sql of [
        `SELECT d.tenant_id FROM documents d, LATERAL (SELECT ${set}) s, chunks c WHERE c.document_id = d.id`,
        `SELECT tenant_id FROM documents WHERE (SELECT ${set}) <> ''`,
        `WITH s AS MATERIALIZED (SELECT ${set} AS done) SELECT d.tenant_id FROM s JOIN documents d ON s.done <> ''`,
        `SELECT (SELECT string_agg(d.tenant_id::text, ',') FROM documents d) AS tenant_id FROM (SELECT ${set}) s`,
        `SELECT e.tenant_id FROM embeddings e WHERE ${set} <> '' ORDER BY e.embedding <=> e.embedding`,
      ]) {
        const outcome = await attempt(of(mine), sql);
        if ('rows' in outcome) expect(JSON.stringify(outcome.rows)).not.toContain(theirs);
        else expect(outcome.code).toBe(REFUSED);
      }
    });

    describeOnEmbedded('control (needs the superuser)', () => {
      it('finds everything of the other when the signature is not compared with the row', async () => {
        const leaked = await database.asSuperuser(async (manager) => {
          await manager.query('DROP POLICY tenant ON documents');
          await manager.query(`CREATE POLICY tenant ON documents TO app_runtime
            USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid AND (SELECT sec.verified_tenant()) IS NOT NULL)`);
          await manager.query('SET LOCAL ROLE app_runtime');
          await manager.query(`SELECT set_config('app.tenant_id', $1, true), set_config('app.tenant_sig', $2, true)`, [
            mine,
            database.signer().sign(mine),
          ]);
          for (const name of scans['sequential scans']) await manager.query(`SELECT set_config('${name}', 'off', true)`);
          return manager.query<{ tenant: string }[]>(flip({ name: 'documents', column: 'tenant_id', isPartition: false }));
        });
        expect(new Set(leaked.map((row) => row.tenant))).toContain(theirs);
      });
    });
  });

  describe('writing', () => {
    /** An INSERT of a row as it is in the table, with the columns that the role may give. */
    async function insertOf(table: TenantTable, owner: TenantId, as: TenantId): Promise<readonly [string, readonly unknown[]]> {
      const columns = await database.allRows<{ name: string }>(
        `SELECT a.attname AS name FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
           AND a.attidentity = '' AND has_column_privilege('app_runtime', a.attrelid, a.attnum, 'INSERT') ORDER BY a.attnum`,
        [table.name],
      );
      const names = columns.length === 0 ? table.column : columns.map(({ name }) => name).join(', ');
      const [row] = await database.allRows<{ row: object }>(
        `SELECT to_jsonb(t) AS row FROM ${table.name} t WHERE ${table.column} = $1 LIMIT 1`,
        [owner],
      );
      const copy = { ...row?.row, [table.column]: as };
      return [
        `INSERT INTO ${table.name} (${names}) SELECT ${names} FROM jsonb_populate_record(NULL::${table.name}, $1::jsonb)`,
        [JSON.stringify(copy)],
      ];
    }
    const others = (table: TenantTable) => `${table.column} = '${theirs}'`;

    it('without context: refused', async () => {
      expect(await unlike([REFUSED], async (table) => attempt(null, await insertOf(table, mine, mine)))).toEqual([]);
    });

    it('a row of the other tenant: refused, and not because it is there already', async () => {
      expect(await unlike([REFUSED], async (table) => attempt(of(mine), await insertOf(table, theirs, theirs)))).toEqual([]);
    });

    it('an upsert over a row of the other tenant: refused', async () => {
      const upsert = async (table: TenantTable) => {
        const [sql, parameters] = await insertOf(table, theirs, theirs);
        return attempt(of(mine), [`${sql} ON CONFLICT DO NOTHING`, parameters]);
      };
      expect(await unlike([REFUSED], upsert)).toEqual([]);
    });

    it('an update or a deletion of the other’s rows: finds none', async () => {
      const before = await fingerprint(theirs);
      const update = (table: TenantTable) =>
        attempt(of(mine), `UPDATE ${table.name} SET ${table.column} = ${table.column} WHERE ${others(table)} RETURNING 1 AS changed`);
      const remove = (table: TenantTable) => attempt(of(mine), `DELETE FROM ${table.name} WHERE ${others(table)} RETURNING 1 AS gone`);
      expect(await unlike([REFUSED, 'no rows'], update)).toEqual([]);
      expect(await unlike([REFUSED, 'no rows'], remove)).toEqual([]);
      expect(await fingerprint(theirs)).toEqual(before);
    });

    it('our own row over to the other: refused', async () => {
      const move = (table: TenantTable) => attempt(of(mine), `UPDATE ${table.name} SET ${table.column} = '${theirs}'`);
      expect(await unlike([REFUSED], move)).toEqual([]);
    });

    it('the trail of what was done: neither changed nor removed, not even our own', async () => {
      for (const table of ['audit_events', 'audit_heads', 'usage_records', 'corpus_epochs']) {
        for (const sql of [`UPDATE ${table} SET tenant_id = tenant_id`, `DELETE FROM ${table}`]) {
          expect([sql, await attempt(of(mine), sql)]).toEqual([sql, expect.objectContaining({ code: REFUSED })]);
        }
      }
      const forged = 'INSERT INTO audit_events (tenant_id, canon, seq, hash) VALUES ($1, $2, 1, $2)';
      expect(await attempt(of(mine), [forged, [mine, Buffer.from('{}')]])).toMatchObject({ code: REFUSED });
    });
  });

  describe('around the tables', () => {
    it('a partition addressed directly: refused', async () => {
      expect(await unlike([REFUSED], (table) => attempt(of(mine), select(table)), partitions)).toEqual([]);
      expect(await unlike([REFUSED], (table) => attempt(of(mine), `DELETE FROM ${table.name}`), partitions)).toEqual([]);
    });

    it('TRUNCATE: refused on every table', async () => {
      expect(await unlike([REFUSED], (table) => attempt(of(mine), `TRUNCATE ${table.name}`))).toEqual([]);
    });

    it('row_security off: refused on every table', async () => {
      expect(await unlike([REFUSED], (table) => attempt(of(mine), 'SET LOCAL row_security = off', select(table)))).toEqual([]);
    });

    it('definitions: nothing can be changed or added', async () => {
      for (const sql of [
        'ALTER TABLE documents DISABLE ROW LEVEL SECURITY',
        'ALTER TABLE documents NO FORCE ROW LEVEL SECURITY',
        'DROP POLICY tenant ON documents',
        'CREATE POLICY mine ON documents USING (true)',
        'GRANT SELECT ON embeddings_p0 TO app_runtime',
        'CREATE TABLE public.mine (id int)',
        'CREATE TEMP TABLE mine (id int)',
        'CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
        'CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql LEAKPROOF AS $$ SELECT 1 $$',
        'CREATE VIEW public.mine AS SELECT * FROM documents',
        'CREATE SCHEMA mine',
        'ALTER FUNCTION sec.verified_tenant() OWNER TO app_runtime',
        "DO $$ BEGIN CALL sec.protect('documents', 'tenant_id'); END $$",
        'DROP EXTENSION vector CASCADE',
      ]) {
        const outcome = await attempt(of(mine), sql);
        expect([sql, 'code' in outcome ? outcome.code : outcome]).toEqual([sql, REFUSED]);
      }
    });

    it('the key of the context: cannot be read or replaced', async () => {
      for (const sql of ['SELECT * FROM sec.context_key', 'UPDATE sec.context_key SET not_after = NULL', 'DELETE FROM sec.context_key']) {
        expect([sql, await attempt(of(mine), sql)]).toEqual([sql, expect.objectContaining({ code: REFUSED })]);
      }
    });

    it('functions of the server that read files or the catalogue’s statistics: nothing of the other', async () => {
      for (const sql of ["SELECT pg_read_file('PG_VERSION')", "COPY documents TO '/dev/null'", "COPY (SELECT 1) TO PROGRAM 'true'"]) {
        expect([sql, await attempt(of(mine), sql)]).toEqual([sql, expect.objectContaining({ code: REFUSED })]);
      }
      const statistics = await attempt(
        of(mine),
        `SELECT * FROM pg_stats WHERE schemaname = 'public' AND tablename = ANY ('{documents,chunks}')`,
      );
      expect(JSON.stringify(statistics)).not.toContain('THEIRS');
    });

    describeOnNative('login (on the embedded engine it is no boundary: every session is its superuser)', () => {
      it.each(['app_owner', 'app_admin', 'app_auth', 'app_dispatch', 'app_sealer', 'app_eraser', 'app_migrator', 'postgres'])(
        'cannot become %s',
        async (role) => {
          for (const sql of [`SET ROLE ${role}`, `SET LOCAL ROLE ${role}`, `SET SESSION AUTHORIZATION ${role}`]) {
            expect([sql, await attempt(of(mine), sql)]).toEqual([sql, expect.objectContaining({ code: REFUSED })]);
          }
          expect(await attempt(of(mine), `SELECT set_config('role', '${role}', true)`)).toMatchObject({ code: REFUSED });
        },
      );

      it('stays itself after RESET ROLE', async () => {
        expect(await attempt(of(mine), 'RESET ROLE', 'SELECT current_user::text AS name')).toEqual({ rows: [{ name: 'app_runtime' }] });
      });

      it('cannot copy into a table under row-level security', async () => {
        expect(await attempt(of(mine), 'COPY documents FROM STDIN')).toMatchObject({ code: '0A000' });
      });
    });
  });

  describe('as an oracle', () => {
    /** Error code, constraint and wording, without the ids in it. */
    const shown = (outcome: Outcome) =>
      'code' in outcome ? [outcome.code, outcome.message.replace(/[0-9a-f-]{36}/g, '…')] : outcome.rows.length;

    it('a foreign key tells a row of the other from one that nobody has no more than nothing', async () => {
      const [document] = await database.rows<{ id: string }>(theirs, 'SELECT id FROM documents LIMIT 1');
      const [chunk] = await database.rows<{ id: string }>(theirs, 'SELECT id FROM chunks LIMIT 1');
      const [reservation] = await database.rows<{ id: string }>(theirs, 'SELECT id FROM reservations LIMIT 1');
      const model = database.platform.model;
      const vector = `[${Array.from({ length: model.dimensions }, () => '1').join()}]`;
      const probes: readonly (readonly [string, unknown, unknown, readonly unknown[]])[] = [
        [
          `INSERT INTO document_assets (tenant_id, id, document_id, asset_type, storage_key, sha256) VALUES ($1, gen_random_uuid(), $2, '', '', '')`,
          ...([document?.id, ids.next(), []] as const),
        ],
        [
          `INSERT INTO jobs (tenant_id, id, kind, document_id, deadline_at) VALUES ($1, gen_random_uuid(), 'ingest_document', $2, now())`,
          ...([document?.id, ids.next(), []] as const),
        ],
        [
          `INSERT INTO chunks (tenant_id, public_id, document_id, ordinal, content, section, kind, token_count, dl)
           VALUES ($1, gen_random_uuid(), $2, 0, '', '{}', 'text', 1, 1)`,
          ...([document?.id, ids.next(), []] as const),
        ],
        [
          `INSERT INTO embeddings (tenant_id, chunk_id, model_version, dims, document_id, embedding) VALUES ($1, $2, ${model.version}, ${model.dimensions}, $1, $3::text::halfvec)`,
          ...([chunk?.id, '9000000000000000', [vector]] as const),
        ],
        [
          `INSERT INTO usage_records (tenant_id, reservation_id, kind, provider, model, tokens_in, tokens_out, cost_micro_usd)
           VALUES ($1, $2, 'generation', '', '', 0, 0, 0)`,
          ...([reservation?.id, ids.next(), []] as const),
        ],
        [`UPDATE documents SET previous_version_id = $2 WHERE tenant_id = $1`, ...([document?.id, ids.next(), []] as const)],
      ];
      for (const [sql, existing, nobodys, more] of probes) {
        const [foreign, missing] = [
          await attempt(of(mine), [sql, [mine, existing, ...more]]),
          await attempt(of(mine), [sql, [mine, nobodys, ...more]]),
        ];
        expect(shown(foreign)).toEqual(shown(missing));
        expect(shown(foreign)).toEqual(['23503', expect.any(String)]);
      }
    });

    it('unique names of the other are free for us', async () => {
      const own = await database.aTenant();
      const { id } = await publishDocument(database, own, ['연차는 15일이다'], { filename: '취업규칙.md' });
      expect(await database.rows(own, 'SELECT id, version FROM documents')).toEqual([{ id, version: 1 }]);
      const [theirDocument] = await database.rows<{ id: string }>(theirs, 'SELECT id FROM documents LIMIT 1');
      const same = aDocument(own, { filename: 'same-id.md' });
      await database.uow().run(own, (tx) => tx.documents.add(same));
      const taken = `UPDATE documents SET id = $2 WHERE tenant_id = $1 AND id = $3`;
      expect(await attempt(of(own), [taken, [own, theirDocument?.id, same.id]])).toEqual({ rows: [] }); // not 23505
    });
  });
});

const lastDigitChanged = (signature: string) => `${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}`;

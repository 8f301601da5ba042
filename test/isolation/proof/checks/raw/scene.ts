import type { Finding } from '../../check';
import type { Attacker, Context, Outcome, Statement } from './attacker';

export interface TenantTable {
  readonly name: string;
  /** `id` of `tenants`, `tenant_id` of all others. */
  readonly column: string;
  readonly isPartition: boolean;
}

/** PostgreSQL's code for what a role or a policy forbids. */
export const REFUSED = '42501';

/** One attack with the sentence that a report and a test call it by. */
export interface RawAttack {
  readonly name: string;
  /** Only where a login is a boundary: on the embedded engine every session is the superuser's. */
  readonly needsLogin?: true;
  readonly run: (scene: Scene) => Promise<readonly Finding[]>;
}

const TABLES = `SELECT c.relname AS name, CASE c.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END AS column, c.relispartition AS "isPartition"
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = CASE c.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`;

/** Two tenants with rows in every table of the catalogue: the attacker has the context of one, and wants the other's. */
export class Scene {
  /** Transactions that were tried. */
  cases = 0;

  private constructor(
    private readonly attacker: Attacker,
    readonly mine: string,
    readonly theirs: string,
    readonly tables: readonly TenantTable[],
    readonly partitions: readonly TenantTable[],
  ) {}

  static async open(attacker: Attacker, mine: string, theirs: string): Promise<Scene> {
    const all = await attacker.allRows<TenantTable>(TABLES);
    return new Scene(
      attacker,
      mine,
      theirs,
      all.filter((table) => !table.isPartition),
      all.filter((table) => table.isPartition),
    );
  }

  of(tenant: string, aheadMs = 0): Context {
    return { tenant, signature: this.sign(tenant, aheadMs) };
  }

  sign(tenant: string, aheadMs = 0): string {
    return this.attacker.sign(tenant, aheadMs);
  }

  attempt(context: Context | null, ...statements: readonly Statement[]): Promise<Outcome> {
    this.cases += 1;
    return this.attacker.attempt(context, statements);
  }

  allRows<T>(sql: string, parameters: readonly unknown[] = []): Promise<readonly T[]> {
    return this.attacker.allRows<T>(sql, parameters);
  }

  /** Tries one thing on every tenant table; a finding where something else came out than one of `expected`. */
  async unlike(
    expected: readonly string[],
    tryOn: (table: TenantTable) => Promise<Outcome>,
    on: readonly TenantTable[] = this.tables,
  ): Promise<readonly Finding[]> {
    const findings: Finding[] = [];
    for (const table of on) findings.push(...unexpected(expected, table.name, await tryOn(table)));
    return findings;
  }

  /** The same for single statements, as our own tenant. */
  async unlikeEach(expected: readonly string[], statements: readonly string[]): Promise<readonly Finding[]> {
    const findings: Finding[] = [];
    for (const sql of statements) findings.push(...unexpected(expected, sql, await this.attempt(this.of(this.mine), sql)));
    return findings;
  }

  /** A finding where an answer names the other tenant. */
  namesTheirs(what: string, outcome: Outcome): readonly Finding[] {
    if ('code' in outcome) return outcome.code === REFUSED ? [] : [{ what, detail: `${outcome.code} ${outcome.message}` }];
    const leaked = outcome.rows.filter((row) => JSON.stringify(row).includes(this.theirs));
    return leaked.length === 0 ? [] : [{ what, detail: `${leaked.length} rows of the other tenant` }];
  }

  /** Every row of a tenant, as its bytes: a change anywhere shows. Table, rows, digest. */
  async fingerprint(tenant: string): Promise<readonly (readonly [string, number, string])[]> {
    const prints: (readonly [string, number, string])[] = [];
    for (const { name, column } of this.tables) {
      const [row] = await this.allRows<{ rows: string; digest: string | null }>(
        `SELECT count(*) AS rows, md5(string_agg(t::text, '|' ORDER BY t::text)) AS digest FROM ${name} t WHERE ${column} = $1`,
        [tenant],
      );
      prints.push([name, Number(row?.rows), row?.digest ?? '']);
    }
    return prints;
  }
}

function unexpected(expected: readonly string[], what: string, outcome: Outcome): readonly Finding[] {
  const result = 'code' in outcome ? outcome.code : outcome.rows.length === 0 ? 'no rows' : 'rows';
  if (expected.includes(result)) return [];
  return [{ what, detail: 'message' in outcome ? `${result} ${outcome.message}` : `${outcome.rows.length} rows` }];
}

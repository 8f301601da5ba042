import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Target } from '../check';
import { about } from '../one-message';
import { get, type HttpClient } from './http-client';
import type { Twin } from './twin';

/** Columns that move without anybody's request, each with its reason. */
export const MOVING_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  // When a key was used last is written a while after its request.
  api_keys: ['last_used_at'],
};

const QUIET_MS = 30_000;
const DOCUMENTS_LEFT = 'SELECT count(*) AS left FROM documents WHERE tenant_id = $1';
const TABLES = `SELECT c.relname AS name, CASE c.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END AS owner
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = CASE c.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT a.attisdropped ORDER BY 1`;
const UNFINISHED = `SELECT (SELECT count(*) FROM jobs WHERE tenant_id = $1 AND (state IN ('queued', 'running') OR (state IN ('failed', 'quarantined') AND settled_at IS NULL)))
  + (SELECT count(*) FROM outbox WHERE tenant_id = $1 AND sent_at IS NULL) + (SELECT count(*) FROM reservations WHERE tenant_id = $1 AND state = 'pending') AS open`;

const WHAT_IS_UNFINISHED = `SELECT (SELECT string_agg(format('%s %s, %s attempts', kind, state, attempts), '; ') FROM jobs WHERE tenant_id = $1
      AND (state IN ('queued', 'running') OR (state IN ('failed', 'quarantined') AND settled_at IS NULL))) AS jobs,
  (SELECT count(*) FROM outbox WHERE tenant_id = $1 AND sent_at IS NULL) AS unsent,
  (SELECT count(*) FROM reservations WHERE tenant_id = $1 AND state = 'pending') AS reserved`;

/** What a tenant began stays as it is. Nobody of its own holds it up: that is somebody else's doing. */
export class Unfinished extends Error {
  override readonly name = 'Unfinished';
}

/** What is kept of one tenant: a digest for every table, its files, or what it can read of itself. */
export type Stored = ReadonlyMap<string, string>;

/** Looks at what is stored of a tenant, from beside the application. */
export class StoredState {
  private constructor(
    private readonly reader: Pool,
    private readonly filesFolder: string | null,
    private readonly sql: string,
    readonly tables: readonly string[],
  ) {}

  /** Every table of the catalogue that has a tenant; null where the target's database cannot be read. */
  static async of(target: Target): Promise<StoredState | null> {
    if (target.database === null) return null;
    const { rows } = await target.database.reader.query<{ name: string; owner: string }>(TABLES);
    const digests = rows.map(({ name, owner }) => {
      const without = (MOVING_COLUMNS[name] ?? []).map((column) => ` - '${column}'`).join('');
      return `SELECT '${name}' AS name, count(*) || ' rows, ' || coalesce(md5(string_agg(md5((to_jsonb(t)${without})::text), '' ORDER BY md5((to_jsonb(t)${without})::text))), '') AS digest
        FROM "${name}" t WHERE t."${owner}" = $1`;
    });
    return new StoredState(target.database.reader, target.sinks?.filesFolder ?? null, digests.join('\nUNION ALL '), rows.map(({ name }) => name)); // prettier-ignore
  }

  async of({ tenantId }: Twin): Promise<Stored> {
    await this.quiet(tenantId);
    const { rows } = await this.reader.query<{ name: string; digest: string }>(about(this.sql, tenantId));
    return new Map([...rows.map(({ name, digest }) => [name, digest] as const), ['files', await this.files(tenantId)]]);
  }

  /** Waits until nothing of the tenant is under way any more. */
  async quiet(tenantId: string): Promise<void> {
    const deadline = Date.now() + QUIET_MS;
    for (;;) {
      const { rows } = await this.reader.query<{ open: string }>(about(UNFINISHED, tenantId));
      if (Number(rows[0]?.open) === 0) return;
      if (Date.now() > deadline) throw await this.unfinished(tenantId);
      await sleep(5);
    }
  }

  /** Waits until the rows of a deleted tenant's documents are gone. */
  async erased(tenantId: string): Promise<void> {
    const deadline = Date.now() + QUIET_MS;
    for (;;) {
      const { rows } = await this.reader.query<{ left: string }>(about(DOCUMENTS_LEFT, tenantId));
      if (Number(rows[0]?.left) === 0) return;
      if (Date.now() > deadline) throw new Error(`documents of the deleted tenant ${tenantId} stay`);
      await sleep(20);
    }
  }

  private async unfinished(tenantId: string): Promise<Unfinished> {
    const { rows } = await this.reader.query<object>(about(WHAT_IS_UNFINISHED, tenantId));
    return new Unfinished(`after ${QUIET_MS / 1_000} s of tenant ${tenantId}: ${JSON.stringify(rows[0])}`);
  }

  private async files(tenantId: string): Promise<string> {
    if (this.filesFolder === null) return '';
    const folder = join(this.filesFolder, 't', tenantId);
    const names = await readdir(folder).catch(() => []);
    const digests = await Promise.all(names.sort().map(async (name) => `${name} ${sha256(await readFile(join(folder, name)))}`));
    return digests.join(', ');
  }
}

/** The same through the API, where nothing else can be seen. */
export async function readableOf(twin: Twin, http: HttpClient): Promise<Stored> {
  const paths = ['/documents?latest_only=false&limit=100', '/usage', '/usage/records?limit=100'];
  const [document, query] = [twin.pick('document', 0), twin.pick('query', 0)];
  if (document !== null) paths.push(`/documents/${document}`, `/documents/${document}/chunks?limit=100`);
  if (query !== null) paths.push(`/audit/${query}`);
  const stored = new Map<string, string>();
  for (const path of paths) {
    const { status, text } = await http.send(get(path), twin.authorization('key', ''));
    stored.set(path, `${status} ${sha256(text.replace(/"next_cursor":"[^"]*"|"(request_id|instance)":"[^"]*"/g, ''))}`);
  }
  return stored;
}

const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** In words; empty where nothing changed. */
export const changes = (before: Stored, after: Stored): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `${name}: ${before.get(name) ?? 'nothing'} became ${after.get(name) ?? 'nothing'}`);

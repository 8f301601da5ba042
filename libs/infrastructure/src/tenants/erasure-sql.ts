/** A table of tenants: what of it outlives the tenant until the retention ends. */
export interface ErasedTable {
  readonly name: string;
  /** True: every row; false: none; else a condition on its rows. */
  readonly stays: boolean | string;
}

const gone = (name: string): ErasedTable => ({ name, stays: false });

/** All that a tenant owns, rows that refer to others first. First of all what starts work. */
export const BELONGINGS: readonly ErasedTable[] = [
  'jobs',
  'outbox',
  'api_keys',
  'administrators',
  'stream_tickets',
  'idempotency_keys',
  'queries',
  'postings',
  'posting_segments',
  'hidden_chunks',
  'embeddings',
  'chunk_tokens',
  'chunks',
  'document_assets',
  'documents',
  'corpus_epochs',
  'tenant_stats',
].map(gone);

/** What was spent and what was done, ids and figures without content: kept until the retention ends. Money that was only set aside is no entry. */
export const BOOKS: readonly ErasedTable[] = [
  { name: 'usage_records', stays: true },
  { name: 'reservations', stays: `state <> 'pending'` },
  { name: 'budgets', stays: true },
  { name: 'audit_events', stays: true },
  { name: 'audit_heads', stays: true },
];

/** Every table whose rows belong to tenants, as the catalogue knows it. */
export const TENANT_TABLES = `
  SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   ORDER BY 1`;

/** Rows that go in one transaction: on the embedded engine everybody waits for its end. */
const BATCH = 2_000;

const condition = ({ stays }: ErasedTable): string => (typeof stays === 'string' ? ` AND NOT (${stays})` : stays ? ' AND false' : '');

/** $1 the tenant; answers how many went. All rows of one tenant are in one partition, so that their places are unambiguous. */
export const removeFrom = (table: ErasedTable): string => `
  WITH removed AS (DELETE FROM ${table.name} x WHERE x.tenant_id = $1
      AND x.ctid = ANY (ARRAY(SELECT y.ctid FROM ${table.name} y WHERE y.tenant_id = $1${condition(table)} LIMIT ${BATCH})) RETURNING x.tenant_id)
  SELECT count(*) AS count FROM removed`;

/** $1 the tenant; a row if there is one that must not be there. */
export const leftIn = (table: ErasedTable): string => `SELECT 1 FROM ${table.name} x WHERE x.tenant_id = $1${condition(table)} LIMIT 1`;

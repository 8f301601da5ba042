import type { ActiveModel } from './active-model';

/** A connection of the tables' owner, outside a transaction: an index that is built beside the running work needs that. */
export interface OwnerSession {
  query<Rows>(sql: string, parameters?: unknown[]): Promise<Rows>;
}

interface Partition {
  readonly name: string;
  readonly isValid: boolean | null;
  readonly isAttached: boolean;
}

const BUILD_MEMORY = '256MB';

/** Of a model's vectors in all partitions; the planner takes it for queries that print the same cast and model. */
export const vectorIndexName = ({ version }: Pick<ActiveModel, 'version'>): string => `embeddings_hnsw_m${version}`;

/** What vectors are compared as: wasm has no hardware half floats, so the embedded engine computes in `vector`. */
export type VectorType = 'halfvec' | 'vector';

const definition = ({ version, dimensions }: ActiveModel, type: VectorType): string =>
  `USING hnsw ((embedding::${type}(${dimensions})) ${type}_cosine_ops) WITH (m = 16, ef_construction = 128) WHERE model_version = ${version}`;

/**
 * Builds the index of a model's vectors, partition by partition, while others read and write; what an interrupted build left is finished or
 * built again, and an index that is there costs two look-ups. The parent's becomes usable when the last partition's is attached.
 */
export async function buildVectorIndex(owner: OwnerSession, model: ActiveModel, type: VectorType = 'halfvec'): Promise<void> {
  const parent = vectorIndexName(model);
  await owner.query(
    `SELECT set_config('maintenance_work_mem', $1, false) WHERE pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes($1)`,
    [BUILD_MEMORY],
  );
  await owner.query(`CREATE INDEX IF NOT EXISTS ${parent} ON ONLY embeddings ${definition(model, type)}`);
  for (const { name, isValid, isAttached } of await partitions(owner, model)) {
    const index = `${name}_hnsw_m${model.version}`;
    if (isAttached && isValid === true) continue;
    if (isValid === false) await owner.query(`DROP INDEX CONCURRENTLY ${index}`);
    if (isValid !== true) await owner.query(`CREATE INDEX CONCURRENTLY ${index} ON ${name} ${definition(model, type)}`);
    await owner.query(`ALTER INDEX ${parent} ATTACH PARTITION ${index}`);
  }
}

export async function hasVectorIndex(owner: OwnerSession, model: ActiveModel): Promise<boolean> {
  const [row] = await owner.query<{ valid: boolean }[]>('SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)', [
    `public.${vectorIndexName(model)}`,
  ]);
  return row?.valid ?? false;
}

/** With those of the partitions. */
export async function dropVectorIndex(owner: OwnerSession, model: Pick<ActiveModel, 'version'>): Promise<void> {
  await owner.query(`DROP INDEX IF EXISTS ${vectorIndexName(model)}`);
}

const partitions = (owner: OwnerSession, model: ActiveModel): Promise<Partition[]> =>
  owner.query<Partition[]>(
    `SELECT c.relname AS name, x.indisvalid AS "isValid",
            EXISTS (SELECT FROM pg_inherits a WHERE a.inhrelid = x.indexrelid) AS "isAttached"
       FROM pg_inherits p JOIN pg_class c ON c.oid = p.inhrelid
       LEFT JOIN pg_index x ON x.indexrelid = to_regclass(format('public.%I', c.relname || $1))
      WHERE p.inhparent = 'public.embeddings'::regclass ORDER BY c.oid`,
    [`_hnsw_m${model.version}`],
  );

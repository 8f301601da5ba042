import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ReferenceSet } from '../vector-search/reference-set';

/** A tenant's chunks stand together: `from` is the first one's number in the whole set. */
export interface FiledTenant {
  readonly name: string;
  readonly from: number;
  readonly chunks: number;
}

/** The reference set on disk, for processes that know nothing of ours; and in memory what judging the answers takes. */
export interface FiledSet {
  readonly folder: string;
  readonly dimensions: number;
  readonly tenants: readonly FiledTenant[];
  /** All vectors, one after the other. */
  readonly vectors: Float32Array;
  /** By number of the chunk. */
  readonly contents: readonly string[];
  readonly queries: readonly Float32Array[];
}

const CHUNKS_OF_A_TITLE = 50;
/** Numbers as ids that every store takes: some have UUIDs only. */
const ID_PREFIX = '00000000-0000-4000-8000-';

export const idOf = (chunk: number): string => ID_PREFIX + chunk.toString(16).padStart(12, '0');
/** NaN for an id that is none of ours. */
export const chunkOf = (id: string): number => (id.startsWith(ID_PREFIX) ? parseInt(id.slice(ID_PREFIX.length), 16) : NaN);

export async function fileReferenceSet(
  folder: string,
  set: ReferenceSet,
  tenants: readonly { readonly name: string; readonly chunks: number }[],
): Promise<FiledSet> {
  const dimensions = set.queries[0]?.length ?? 0;
  const total = tenants.reduce((sum, { chunks }) => sum + chunks, 0);
  const vectors = new Float32Array(total * dimensions);
  const contents: string[] = [];
  const filed: FiledTenant[] = [];
  const lines = createWriteStream(join(folder, 'chunks.jsonl'));
  for (const { name, chunks } of tenants) {
    const from = contents.length;
    filed.push({ name, from, chunks });
    for (const { content, vector } of set.chunksOf(name, chunks)) {
      const number = contents.length;
      vectors.set(vector, number * dimensions);
      contents.push(content);
      const title = `${name}, ${Math.floor((number - from) / CHUNKS_OF_A_TITLE)}`;
      if (!lines.write(`${JSON.stringify({ id: idOf(number), tenant: name, content, title })}\n`)) await once(lines, 'drain');
    }
  }
  lines.end();
  await once(lines, 'finish');
  writeFileSync(join(folder, 'vectors.f32'), vectors);
  writeFileSync(
    join(folder, 'queries.f32'),
    Buffer.concat(set.queries.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength))),
  );
  writeFileSync(join(folder, 'questions.json'), JSON.stringify(set.questions));
  writeFileSync(join(folder, 'set.json'), JSON.stringify({ dimensions, tenants: filed }));
  return { folder, dimensions, tenants: filed, vectors, contents, queries: set.queries };
}

/** Chunks of each tenant by its name, in a process that has not written the files. */
export function readTenantSizes(folder: string): ReadonlyMap<string, number> {
  const { tenants } = JSON.parse(readFileSync(join(folder, 'set.json'), 'utf8')) as { readonly tenants: readonly FiledTenant[] };
  return new Map(tenants.map(({ name, chunks }) => [name, chunks]));
}

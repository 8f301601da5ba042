import { closeSync, createReadStream, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * The reference set as ../reference-files.ts has written it, read part by part, so that a process holds what its peer holds and no more.
 *
 * @typedef {{ id: string, tenant: string, content: string, title: string, vector: Float32Array }} ReferenceRow
 */
const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** @param {string} folder @returns {{ dimensions: number, tenants: { name: string, from: number, chunks: number }[] }} */
export const readSet = (folder) => JSON.parse(readFileSync(join(folder, 'set.json'), 'utf8'));

/** @param {string} folder */
export function readQueries(folder) {
  const { dimensions } = readSet(folder);
  const bytes = readFileSync(join(folder, 'queries.f32'));
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return {
    /** @type {string[]} */
    questions: JSON.parse(readFileSync(join(folder, 'questions.json'), 'utf8')),
    /** @param {number} query */
    vectorOf: (query) => all.slice(query * dimensions, (query + 1) * dimensions),
  };
}

/**
 * All chunks in batches that never mix tenants.
 * @param {string} folder
 * @param {number} most of a batch
 * @returns {AsyncGenerator<ReferenceRow[]>}
 */
export async function* batches(folder, most = 500) {
  const { dimensions } = readSet(folder);
  const vectors = openSync(join(folder, 'vectors.f32'), 'r');
  /** @type {ReferenceRow[]} */
  let batch = [];
  let number = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(join(folder, 'chunks.jsonl'), 'utf8') })) {
      const about = JSON.parse(line);
      if (batch.length >= most || (batch.length > 0 && batch[0]?.tenant !== about.tenant)) {
        yield batch;
        batch = [];
      }
      const vector = new Float32Array(dimensions);
      readSync(vectors, new Uint8Array(vector.buffer), 0, dimensions * BYTES, number * dimensions * BYTES);
      batch.push({ ...about, vector });
      number += 1;
    }
    if (batch.length > 0) yield batch;
  } finally {
    closeSync(vectors);
  }
}

import { createServer, type IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import type { AddressInfo } from 'node:net';
import { OnnxEmbeddingModel } from '@aegis/infrastructure/providers/embedding-model/onnx-embedding-model';
import { CANDIDATES_PER_LEG } from '@aegis/domain/shared/ranked-chunk';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { Client } from 'pg';
import { type BarePassage, BareSearch, searchStatements } from '../vector-search/bare-search';
import { bundledModel, MODEL_FOLDER } from '../vector-search/product-database';

/**
 * What is left of `POST /search` when all of AEGIS around its statement is taken away: `node:http`, bare `pg`, the nearest vectors as the runtime
 * role in the tenant's context, the vectors of questions and the texts of chunks remembered, the ten nearest as JSON. No key, no limit, no
 * words, no confidence; nothing is recorded. Nobody can be faster with this statement on this machine. Sends its address to its parent; the
 * "key" of a call is `<tenant> <chunks of it>`.
 */
const CONNECTIONS = 4;
const RESULTS = 10;

async function main(): Promise<void> {
  const statements = await searchStatements(await bundledModel());
  const model = await OnnxEmbeddingModel.open({ directory: resolve(MODEL_FOLDER) });
  const free = await Promise.all(Array.from({ length: CONNECTIONS }, () => connected()));
  const waiting: ((client: Client) => void)[] = [];
  const vectors = new Map<string, Float32Array>();
  const passages = new Map<number, BarePassage>();

  async function vectorOf(question: string): Promise<Float32Array> {
    const known = vectors.get(question);
    if (known !== undefined) return known;
    const [vector = new Float32Array()] = (await model.embed({ kind: 'query', texts: [question], signal: new AbortController().signal }))
      .vectors;
    vectors.set(question, vector);
    return vector;
  }

  async function found(tenantId: TenantId, chunks: number, question: string): Promise<unknown> {
    const vector = await vectorOf(question);
    const client = free.pop() ?? (await new Promise<Client>((take) => waiting.push(take)));
    try {
      const exact = chunks <= statements.exactMaxChunks;
      const rows = await new BareSearch(client, statements).search({ tenantId, vector, depth: CANDIDATES_PER_LEG, exact }, passages);
      const results = [...rows].sort((a, b) => (b.similarity ?? 0) - (a.similarity ?? 0)).slice(0, RESULTS);
      return { results };
    } finally {
      const next = waiting.shift();
      if (next === undefined) free.push(client);
      else next(client);
    }
  }

  async function answer(request: IncomingMessage): Promise<string> {
    if (request.method === 'GET') return `process_cpu_seconds_total ${process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6}\n`;
    const [, tenantId = '', chunks = ''] = request.headers.authorization?.split(' ') ?? [];
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { query } = JSON.parse(Buffer.concat(parts).toString()) as { query: string };
    return JSON.stringify(await found(TenantId.parse(tenantId), Number(chunks), query));
  }

  const server = createServer((request, response) => {
    answer(request).then(
      (text) => response.setHeader('content-type', 'application/json').end(text),
      (error: unknown) => response.writeHead(500).end(JSON.stringify(String(error))),
    );
  });
  server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  process.once('disconnect', () => process.exit());
}

async function connected(): Promise<Client> {
  const client = new Client(process.env['DATABASE_URL']);
  await client.connect();
  return client;
}

void main();

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { EmbeddedDatabase } from '@aegis/infrastructure/persistence/embedded/embedded-database';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_KEY, onProduction } from '../support/aegis';
import { BuiltServer } from '../support/built-server';
import { ChatProtocolServer, MODEL } from '../support/chat-protocol-server';

const PATIENCE_MS = 180_000;
const STREAMS = 5;
/** P26 asks for 50, one after the other on the same folder: `SHUTDOWN_ROUNDS=50` takes a quarter of an hour. */
const ROUNDS = Number(process.env['SHUTDOWN_ROUNDS'] ?? 1);
/** The built program with a folder of its own; on native PostgreSQL stopping is the same code. */
const whenEmbedded = onProduction ? describe.skip : describe;

whenEmbedded('SIGTERM under load', () => {
  let folder: string;
  let model: ChatProtocolServer;
  let server: BuiltServer;
  let key: string;
  const documents: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aegis-shutdown-'));
    model = await ChatProtocolServer.start('ollama');
    model.mode = 'slow_tokens'; // an answer that never ends
    await startServer();
    const { body } = await server.request('POST', '/v1/admin/tenants', ADMIN_KEY, { name: '한빛정밀' });
    key = (body['api_key'] as { key: string }).key;
    await upload('복리후생.md', '# 복리후생\n\n건강검진은 해마다 10월에 하며 비용은 회사가 낸다.');
    await allCompleted();
  }, PATIENCE_MS);
  afterAll(async () => {
    await server.stop('SIGKILL');
    await model.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startServer(): Promise<void> {
    server = await BuiltServer.start(folder, { LLM_PROVIDER: 'ollama', LLM_MODEL: MODEL, OLLAMA_BASE_URL: model.origin });
  }

  async function upload(name: string, content: string): Promise<void> {
    const form = new FormData();
    form.set('file', new Blob([content]), name);
    const { status, body } = await server.request('POST', '/v1/documents', key, form);
    expect(status).toBe(202);
    documents.push(String(body['id']));
  }

  /** Every 202 was a promise. */
  async function allCompleted(): Promise<void> {
    for (const id of documents) {
      const statusOf = async () => (await server.request('GET', `/v1/documents/${id}`, key)).body['status'];
      let status = await statusOf();
      for (const end = Date.now() + PATIENCE_MS; status !== 'completed' && Date.now() < end; status = await statusOf()) await sleep(100);
      expect([id, status]).toEqual([id, 'completed']);
    }
  }

  const ask = (path: string, idempotencyKey: string) =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify({ query: '건강검진은 언제 하나요?', min_confidence: 0 }),
    });

  async function leftBehind(): Promise<Record<string, number>> {
    const engine = await EmbeddedDatabase.open(folder);
    const client = new Client({ host: engine.url.slice('socket:'.length), user: 'postgres', database: 'postgres' });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, string>>(
        `SELECT (SELECT count(*) FROM idempotency_keys) AS keys, (SELECT count(*) FROM reservations WHERE state = 'pending') AS pending,
                (SELECT count(*) FROM jobs WHERE state = 'running') AS running,
                (SELECT count(*) FROM queries WHERE result -> 'response' ->> 'outcome' = 'cancelled') AS cancelled`,
      );
      return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, count]) => [name, Number(count)]));
    } finally {
      await client.end();
      await engine.close();
    }
  }

  /** Ends a server that streams, answers and ingests; how long that took, in milliseconds. */
  async function stopped(round: number): Promise<number> {
    const open = model.openAnswers;
    const streams = await Promise.all(Array.from({ length: STREAMS }, (_, index) => ask('/v1/query/stream', `stream-${round}-${index}`)));
    const texts = streams.map((response) => response.text());
    const query = ask('/v1/query', `query-${round}`);
    while (model.openAnswers <= open + STREAMS) await sleep(20);
    const sections = Array.from(
      { length: 40 * (1 + (round % 8)) },
      (_, at) => `## 제${at + 1}조\n\n${round}번 규정의 제${at + 1}조이다.\n`,
    );
    await upload(`규정 ${round}.md`, sections.join('\n'));
    await sleep((round * 137) % 700); // in another stage of its work each time

    const stoppedAt = performance.now();
    const exit = server.stop('SIGTERM');
    const status = async (path: string) => {
      const response = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${key}` } });
      return [response.status, ((await response.json()) as { code?: string }).code];
    };
    let refused = await status('/v1/documents');
    while (refused[0] === 200) refused = await status('/v1/documents');
    expect(refused).toEqual([503, 'shutting_down']);
    expect((await status('/v1/health/ready'))[0]).toBe(503);
    expect((await status('/v1/health/live'))[0]).toBe(200);

    for (const text of await Promise.all(texts)) {
      const last = text.trim().split('\n\n').at(-1) ?? '';
      expect(last).toMatch(/\nevent: error\n/);
      expect(JSON.parse(last.split('data: ')[1] ?? '{}')).toMatchObject({ code: 'shutting_down', status: 503 });
    }
    const answer = await query;
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([503, 'shutting_down']);
    expect(await exit).toBe(0);
    return performance.now() - stoppedAt;
  }

  it(
    `takes no new work, tells whoever waits, gives everything back, and ends in time: ${ROUNDS} times`,
    async () => {
      const tookMs: number[] = [];
      for (let round = 1; round <= ROUNDS; round += 1) {
        if (round > 1) await startServer();
        tookMs.push(await stopped(round));
        expect(tookMs.at(-1)).toBeLessThan(25_000);
        expect(model.openAnswers).toBe(0);
        expect(await leftBehind()).toEqual({ keys: 0, pending: 0, running: 0, cancelled: round * (STREAMS + 1) });
      }
      if (ROUNDS === 1) return;
      process.stderr.write(`shutdown: ${ROUNDS} times, ${Math.round(Math.max(...tookMs))} ms at the longest\n`);
      await startServer();
      await allCompleted();
    },
    PATIENCE_MS + ROUNDS * 60_000,
  );
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { EmbeddedDatabase } from '@aegis/infrastructure/persistence/embedded/embedded-database';
import { ADMIN_KEY, onProduction } from '../support/aegis';
import { BuiltServer } from '../support/built-server';
import { ChatProtocolServer, MODEL } from '../support/chat-protocol-server';

const PATIENCE_MS = 180_000;
const STREAMS = 5;
/** The built program with a folder of its own; on native PostgreSQL stopping is the same code. */
const whenEmbedded = onProduction ? describe.skip : describe;

whenEmbedded('SIGTERM under load', () => {
  let folder: string;
  let model: ChatProtocolServer;
  let server: BuiltServer;
  let key: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aegis-shutdown-'));
    model = await ChatProtocolServer.start('ollama');
    model.mode = 'slow_tokens'; // an answer that never ends
    server = await BuiltServer.start(folder, { LLM_PROVIDER: 'ollama', LLM_MODEL: MODEL, OLLAMA_BASE_URL: model.origin });
    const { body } = await server.request('POST', '/v1/admin/tenants', ADMIN_KEY, { name: '한빛정밀' });
    key = (body['api_key'] as { key: string }).key;
    const form = new FormData();
    form.set('file', new Blob(['# 복리후생\n\n건강검진은 해마다 10월에 하며 비용은 회사가 낸다.']), '복리후생.md');
    const { body: document } = await server.request('POST', '/v1/documents', key, form);
    for (let status: unknown; status !== 'completed'; await new Promise((resolve) => setTimeout(resolve, 100))) {
      ({ status } = (await server.request('GET', `/v1/documents/${String(document['id'])}`, key)).body);
    }
  }, PATIENCE_MS);
  afterAll(async () => {
    await server.stop('SIGKILL');
    await model.stop();
    rmSync(folder, { recursive: true, force: true });
  });

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

  it(
    'takes no new work, tells whoever waits, gives everything back, and ends in time',
    async () => {
      const streams = await Promise.all(Array.from({ length: STREAMS }, (_, index) => ask('/v1/query/stream', `stream-${index}`)));
      const texts = streams.map((response) => response.text());
      const query = ask('/v1/query', 'query');
      while (model.openAnswers <= STREAMS) await new Promise((resolve) => setTimeout(resolve, 20));

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
      expect(performance.now() - stoppedAt).toBeLessThan(25_000);
      expect(model.openAnswers).toBe(0);
      expect(await leftBehind()).toEqual({ keys: 0, pending: 0, running: 0, cancelled: STREAMS + 1 });
    },
    PATIENCE_MS,
  );
});

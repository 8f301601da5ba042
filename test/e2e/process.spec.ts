import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { EmbeddedDatabase } from '@aegis/infrastructure/persistence/embedded/embedded-database';
import { ADMIN_KEY, onProduction, ROOT } from '../support/aegis';
import { BuiltServer } from '../support/built-server';

const HANDBOOK = join(ROOT, 'examples', 'documents', 'hanbit-precision', 'v2', '취업규칙.pdf');
const PATIENCE_MS = 300_000;

/** The embedded profile as one process with a folder; native PostgreSQL has its own survivors' test in the job contract. */
const whenEmbedded = onProduction ? describe.skip : describe;

whenEmbedded('the built server', () => {
  const temporary = () => mkdtempSync(join(tmpdir(), 'aegis-process-'));
  const folders: string[] = [];
  const newFolder = () => {
    const folder = temporary();
    folders.push(folder);
    return folder;
  };
  const running: BuiltServer[] = [];
  const start = async (folder: string) => {
    const server = await BuiltServer.start(folder);
    running.push(server);
    return server;
  };

  let ownFolder: string;
  let undisturbed: BuiltServer;
  beforeAll(async () => {
    ownFolder = temporary();
    undisturbed = await BuiltServer.start(ownFolder);
  }, PATIENCE_MS);
  afterAll(async () => {
    await undisturbed.stop('SIGKILL');
    rmSync(ownFolder, { recursive: true, force: true });
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.stop('SIGKILL')));
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  async function newTenant(server: BuiltServer): Promise<string> {
    const { body } = await server.request('POST', '/v1/admin/tenants', ADMIN_KEY, { name: '한빛정밀' });
    return (body['api_key'] as { key: string }).key;
  }

  async function upload(server: BuiltServer, key: string): Promise<string> {
    const form = new FormData();
    form.set('file', new Blob([readFileSync(HANDBOOK)]), '취업규칙.pdf');
    const { status, body } = await server.request('POST', '/v1/documents', key, form);
    expect(status).toBe(202);
    return String(body['id']);
  }

  async function untilStage(server: BuiltServer, key: string, id: string, reached: (document: Record<string, unknown>) => boolean) {
    const deadline = Date.now() + PATIENCE_MS / 2;
    for (;;) {
      const { body } = await server.request('GET', `/v1/documents/${id}`, key);
      if (reached(body)) return body;
      if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(body)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function countRows(folder: string, documentId: string): Promise<Record<string, number>> {
    const engine = await EmbeddedDatabase.open(folder);
    const client = new Client({ host: engine.url.slice('socket:'.length), user: 'postgres', database: 'postgres' });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, string>>(
        `SELECT (SELECT count(*) FROM chunks WHERE document_id = $1) AS chunks,
                (SELECT count(*) FROM (SELECT chunk_id FROM postings UNION ALL SELECT unnest(chunk_ids) FROM posting_segments) p
                   JOIN chunks c ON c.id = p.chunk_id WHERE c.document_id = $1) AS postings,
                (SELECT count(*) FROM embeddings WHERE document_id = $1) AS embeddings, (SELECT count(*) FROM hidden_chunks) AS hidden,
                (SELECT n FROM tenant_stats) AS n, (SELECT sumdl FROM tenant_stats) AS sumdl`,
        [documentId],
      );
      return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, count]) => [name, Number(count)]));
    } finally {
      await client.end();
      await engine.close();
    }
  }

  /** A busy machine may look away while a short stage passes: then once more, from an empty folder. */
  async function killedIn(stage: string): Promise<{ readonly killed: string; readonly key: string; readonly id: string }> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const killed = newFolder();
      const server = await start(killed);
      const key = await newTenant(server);
      const id = await upload(server, key);
      const isIn = ({ progress }: Record<string, unknown>) => (progress as { stage?: string } | null)?.stage === stage;
      const seen = await untilStage(server, key, id, (document) => isIn(document) || document['status'] !== 'processing');
      await server.stop('SIGKILL');
      if (isIn(seen)) return { killed, key, id };
    }
    throw new Error(`the stage ${stage} was never seen`);
  }

  /** Made once, on the server that nobody kills: every kill is compared with the same run. */
  let cleanRows: Promise<Record<string, number>> | undefined;
  const cleanRun = () => (cleanRows ??= runUndisturbed());

  async function runUndisturbed(): Promise<Record<string, number>> {
    const key = await newTenant(undisturbed);
    const id = await upload(undisturbed, key);
    await untilStage(undisturbed, key, id, ({ status }) => status === 'completed');
    expect(await undisturbed.stop('SIGTERM')).toBe(0);
    return countRows(ownFolder, id);
  }

  it('serves the OpenAPI document that is committed', async () => {
    const served: unknown = await (await fetch(`${undisturbed.url}/openapi.json`)).json();
    const path = join(ROOT, 'docs', 'openapi.json');
    if (process.env['UPDATE_OPENAPI'] === '1') writeFileSync(path, `${JSON.stringify(served, null, 2)}\n`);
    expect(served).toEqual(JSON.parse(readFileSync(path, 'utf8')));
  });

  it(
    'refuses a second process on the same data folder with one clear sentence',
    async () => {
      const second = BuiltServer.spawn(ownFolder);
      expect(await second.exited()).toBe(78);
      expect(second.output).toContain('is in use by process');
      expect(second.output).not.toContain('    at ');
    },
    PATIENCE_MS,
  );

  it.each(['extract', 'index', 'embed'])(
    'completes a document after kill -9 in stage %s, with the rows of a clean run',
    async (stage) => {
      const { killed, key, id } = await killedIn(stage);
      const second = await start(killed);
      const document = await untilStage(second, key, id, ({ status }) => status !== 'processing');
      expect(document).toMatchObject({ status: 'completed', is_latest: true, error: null });
      await second.stop('SIGTERM');

      const rows = await countRows(killed, id);
      expect(rows).toEqual(await cleanRun());
      expect(rows['chunks']).toBeGreaterThan(10);
      expect(rows['hidden']).toBe(0);
    },
    PATIENCE_MS,
  );
});

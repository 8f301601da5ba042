import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_KEY, ROOT, startAegis, type RunningAegis } from '../support/aegis';

const CLI = join(ROOT, 'dist-fast', 'apps', 'cli', 'src', 'main.js');
const FAQ = 'examples/documents/hanbit-precision/product-faq.md';
const GOLDEN = 'examples/documents/golden-questions.jsonl';
const PATIENCE_MS = 240_000;
/** Each command is a process of its own, and a test has up to a dozen of them. */
jest.setTimeout(PATIENCE_MS);

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Outcome {
  readonly promises: readonly { readonly answered: number; readonly wrong: number; readonly wrong_at_most: number }[];
}

describe('the command line', () => {
  let aegis: RunningAegis;
  let folder: string;
  let url: string;
  let apiKey: string;

  beforeAll(async () => {
    aegis = await startAegis();
    await aegis.app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(aegis.app.getHttpServer().address() as AddressInfo).port}`;
    folder = mkdtempSync(join(tmpdir(), 'aegis-cli-'));
    const created = await json<{ api_key: { key: string } }>('tenants', 'create', '한빛정밀', '--quota', '5');
    apiKey = created.api_key.key;
  });
  afterAll(async () => {
    await aegis.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** In an environment of its own; relative paths begin at the repository, as under `npm run`. */
  const environment = () => ({
    PATH: process.env['PATH'],
    TMPDIR: folder,
    INIT_CWD: ROOT,
    AEGIS_ADMIN_KEY: ADMIN_KEY,
    AEGIS_API_KEY: apiKey,
  });

  const aegisCommand = (...line: readonly string[]): Promise<Ended> =>
    new Promise((resolve) => {
      execFile(process.execPath, [CLI, ...line, '--url', url], { cwd: folder, env: environment() }, (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
      );
    });

  async function json<Value>(...line: readonly string[]): Promise<Value> {
    const { code, out, err } = await aegisCommand(...line, '--json');
    if (code !== 0) throw new Error(`exit ${code}: ${err}`);
    return JSON.parse(out) as Value;
  }

  it('ingests a file, waits for it, and finds it again', async () => {
    const document = await json<{ status: string; tags: string[]; title: string }>(
      'ingest',
      FAQ,
      '--title',
      '센서 문답',
      '--tag',
      'a',
      '--tag',
      'b',
      '--wait',
    );
    expect(document).toMatchObject({ status: 'completed', tags: ['a', 'b'], title: '센서 문답' });
    expect((await aegisCommand('ingest', FAQ)).out).toContain('is there already');
  });

  it('makes people administrators, lists and removes them, and gives tokens', async () => {
    const line = ['--issuer', 'https://login.example.com', '--subject', '김-정수'];
    const added = await json<{ id: string; role: string }>('administrators', 'add', ...line);
    expect(added.role).toBe('platform_admin');
    expect((await aegisCommand('administrators', 'add', ...line)).code).toBe(1);
    expect((await aegisCommand('administrators', 'list')).out).toContain(`${added.id}  platform_admin`);
    expect((await aegisCommand('administrators', 'remove', added.id)).code).toBe(0);
    expect((await aegisCommand('administrators', 'list')).out).toMatch(/revoked .*김-정수/);
    const { out: token } = await aegisCommand('administrators', 'token');
    const { out: tenants } = await aegisCommand('tenants', 'list', '--key', token.trim());
    expect(tenants).toContain('한빛정밀');
  });

  it('shows an answer with its source for a person, whole and streamed', async () => {
    await aegisCommand('ingest', FAQ, '--wait');
    const question = 'What is the operating temperature of the HX-200?';
    for (const how of [[], ['--stream']]) {
      const { code, out } = await aegisCommand('ask', question, ...how);
      expect(code).toBe(0);
      expect(out).toMatch(/-10 °C and 50 °C/);
      expect(out).toMatch(/\[\d+\] product-faq\.md, version 1/);
      expect(out).toMatch(/confidence [01]\.\d\d/);
      expect(out).not.toContain('\u001b');
    }
    const events = (await aegisCommand('ask', question, '--stream', '--json')).out.trim().split('\n');
    expect(events.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(
      expect.arrayContaining(['retrieval', 'token', 'done']),
    );
  });

  it(
    'says what a tenant’s own questions promise, stores what they taught, and takes it back',
    async () => {
      const tenant = await json<{ id: string; api_key: { key: string } }>('tenants', 'create', '한빛센서');
      const own = ['--key', tenant.api_key.key];
      await aegisCommand('ingest', FAQ, '--wait', ...own);
      const told = await aegisCommand('calibrate', GOLDEN, ...own);
      expect(told).toMatchObject({ code: 0, err: '' });
      expect(told.out).toMatch(/질문 40개 중 답이 있는 질문 24개, 그중 2[34]개에서 기대한 문서를 찾았습니다\./);
      expect((await aegisCommand('calibrate', GOLDEN, ...own, '--language', 'en')).out).toContain('hold together with 95 % certainty');
      const outcome = await json<Outcome>('calibrate', GOLDEN, ...own);
      expect(outcome).toMatchObject({ questions: 40, answerable: 24, judged_by: expect.stringContaining('/') as string });
      for (const { answered, wrong, wrong_at_most } of outcome.promises)
        expect(wrong_at_most).toBeGreaterThan(wrong / Math.max(1, answered));

      // Twenty-four answered ones cannot promise one in twenty, and so nothing is stored.
      const tooMuch = await aegisCommand('calibrate', GOLDEN, ...own, '--max-wrong', '0.05', '--apply', '--tenant', tenant.id);
      expect(tooMuch.code).toBe(1);
      expect(tooMuch.out).toContain('97개 이상');
      expect(await json('tenants', 'show', tenant.id)).toMatchObject({ settings: {} });
      const enough = await aegisCommand('calibrate', GOLDEN, ...own, '--max-wrong', '0.4', '--apply', '--tenant', tenant.id);
      expect(enough.code).toBe(0);
      const { settings } = await json<{ settings: { min_confidence: number } }>('tenants', 'show', tenant.id);
      expect(settings.min_confidence).toBeGreaterThan(0);
      expect((await aegisCommand('calibrate', '--reset', '--tenant', tenant.id)).err).toContain('confidence as shipped');

      expect(await aegisCommand('calibrate', FAQ, ...own)).toMatchObject({ code: 65, out: '' });
      expect(await aegisCommand('calibrate', 'no-such.jsonl', ...own)).toMatchObject({ code: 66 });
      expect(await aegisCommand('calibrate', GOLDEN, ...own, '--apply')).toMatchObject({ code: 2, out: '' });
    },
    PATIENCE_MS,
  );

  it('takes what a tenant may do away and gives it back', async () => {
    const { id, api_key } = await json<{ id: string; api_key: { id: string } }>('tenants', 'create', 'Northwind');
    expect(await json('tenants', 'suspend', id)).toMatchObject({ is_active: false });
    expect(await json('tenants', 'resume', id)).toMatchObject({ is_active: true });
    const issued = await json<{ id: string; scopes: string[] }>('keys', 'create', id, '--name', 'reporting', '--scope', 'query');
    expect(issued.scopes).toEqual(['query']);
    const rotated = await json<{ id: string; replaces: { id: string } }>('keys', 'rotate', id, issued.id, '--overlap', '60');
    expect(rotated.replaces.id).toBe(issued.id);
    expect(await json('keys', 'revoke', id, issued.id)).toEqual({ id: issued.id, revoked: true });
    const listed = (await aegisCommand('keys', 'list', id)).out;
    expect(listed).toMatch(new RegExp(`${issued.id}\\s+revoked`));
    expect(listed).toMatch(new RegExp(`${api_key.id}\\s+no expiry`));
    const unsure = await aegisCommand('tenants', 'delete', id);
    expect([unsure.code, unsure.out]).toEqual([2, '']);
    expect(unsure.err).toContain('--yes');
    expect((await aegisCommand('tenants', 'show', id)).code).toBe(0);
    expect(await json('tenants', 'delete', id, '--yes')).toEqual({ deletion_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string });
    expect((await aegisCommand('tenants', 'show', id)).code).toBe(1);
  });

  it('ends with the code of what went wrong, and one sentence', async () => {
    const refused = await aegisCommand('ask', '안녕?', '--key', 'ag_live_nonsense');
    expect(refused).toMatchObject({ code: 77, out: '' });
    expect(refused.err.trim().split('\n')).toHaveLength(1);
    expect(await aegisCommand('ask', '안녕?', '--as-of', 'yesterday')).toMatchObject({ code: 65 });
    expect(await aegisCommand('ingest', 'no-such-file.pdf')).toMatchObject({ code: 66 });
  });

  it(
    'shows a demo in which every question is answered or refused as it should be',
    async () => {
      const demo = spawn(process.execPath, [CLI, 'demo'], { cwd: folder, env: environment(), stdio: ['ignore', 'pipe', 'ignore'] });
      let out = '';
      demo.stdout.on('data', (part: Buffer) => (out += part.toString()));
      const [code] = (await once(demo, 'close')) as [number | null];
      expect([code, /Not as expected: .*/.exec(out)]).toEqual([0, null]);
      expect(out).toContain('Everything went as expected');
    },
    PATIENCE_MS,
  );

  it(
    'stops the server of an interrupted demo and removes its folder',
    async () => {
      const demo = spawn(process.execPath, [CLI, 'demo'], { cwd: folder, env: environment(), stdio: 'ignore' });
      while (!readdirSync(folder).some((name) => name.startsWith('aegis-demo-'))) await sleep(20);
      demo.kill('SIGINT');
      expect(await once(demo, 'exit')).toEqual([130, null]);
      expect(readdirSync(folder)).toEqual([]);
    },
    PATIENCE_MS,
  );
});

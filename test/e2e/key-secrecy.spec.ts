import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADMIN_KEY, startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, ApiClient, newTenant } from '../support/api-client';
import { BuiltServer } from '../support/built-server';

/** Ways in which a text may be written down. */
const formsOf = (text: string): readonly string[] => [
  text,
  encodeURIComponent(text),
  Buffer.from(text).toString('hex'),
  Buffer.from(text).toString('base64').replace(/=+$/, ''),
];
/** Of a key: everything but the prefix that may be shown. */
const secretOf = (key: string): string => key.slice('ag_live_'.length + 12);

/** P7: keys are shown once, and written down nowhere. */
describe('raw keys', () => {
  describe('in the database', () => {
    let aegis: RunningAegis;

    beforeAll(async () => {
      aegis = await startAegis();
    }, 120_000);
    afterAll(() => aegis.close());

    it('are in no column of no table, after they were issued, rotated, used, mistyped and told to an idempotency key', async () => {
      const admin = administratorOf(aegis.app);
      const tenant = await newTenant(aegis.app);
      const keys = `/admin/tenants/${tenant.id}/api-keys`;
      const about = { name: '가', scopes: ['query', 'documents:read', 'documents:write'] };
      const issued = await admin.post(keys, about, { 'idempotency-key': 'issue-one' });
      const rotated = await admin.post(`${keys}/${issued.body.id}/rotate`, {}, { 'idempotency-key': 'rotate-one' });
      for (const { key } of [issued.body, rotated.body]) {
        const api = new ApiClient(aegis.app, key);
        await api.upload('a.md', '# 가\n\n나다라');
        await api.post('/search', { query: '나다라' });
        await api.post('/query/stream/tickets', { query: '나다라' });
        await new ApiClient(aegis.app, `${key.slice(0, -1)}_`).get('/documents');
        await api.get(`/documents?key=${key}`);
      }
      const secrets = [tenant.key, issued.body.key, rotated.body.key].map(secretOf);
      expect(secrets.map((secret) => secret.length)).toEqual([49, 49, 49]);
      const tables = await read<{ name: string }>(
        `SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
           AND has_table_privilege('app_admin', c.oid, 'SELECT')`,
      );
      expect(tables.length).toBeGreaterThan(18);
      const betrayed: string[] = [];
      let characters = 0;
      for (const { name } of tables) {
        for (const { text } of await read<{ text: string }>(`SELECT t::text AS text FROM ${name} t`)) {
          characters += text.length;
          for (const secret of secrets)
            if (formsOf(secret).some((form) => text.includes(form))) betrayed.push(`${name}: ${text.slice(0, 200)}`);
        }
      }
      expect(betrayed).toEqual([]);
      const [row] = await read<{ text: string }>(`SELECT t::text AS text FROM api_keys t WHERE id = '${rotated.body.id}'`);
      expect(row?.text).toContain(rotated.body.key.slice('ag_live_'.length, 'ag_live_'.length + 12)); // the search finds what is there
      expect(characters).toBeGreaterThan(1_000);
    });

    const read = <Row>(sql: string): Promise<Row[]> =>
      aegis.platform.database.connections.transaction('app_admin', (manager) => manager.query<Row[]>(sql), { readOnly: true });
  });

  describe('in the logs', () => {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-secrecy-'));
    let server: BuiltServer;

    beforeAll(async () => {
      server = await BuiltServer.start(folder, { LOG_LEVEL: 'debug' });
    }, 120_000);
    afterAll(async () => {
      await server.stop('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    });

    it('are in no line at debug level, however they were sent', async () => {
      const tenant = (await server.request('POST', '/admin/tenants', ADMIN_KEY, { name: '한빛' })).body;
      const first = tenant['api_key'] as { readonly id: string; readonly key: string };
      const keys = `/admin/tenants/${String(tenant['id'])}/api-keys`;
      const next = (await server.request('POST', `${keys}/${first.id}/rotate`, ADMIN_KEY, { overlap_seconds: 60 })).body;
      const all = [first.key, String(next['key'])];
      for (const key of all) {
        await server.request('GET', `/documents?api_key=${key}`, key);
        await server.request('GET', `/documents/${key}`, key);
        await server.request('GET', `/${key}`, key);
        await server.request('POST', '/query', key, { query: key, [key]: key });
        await server.request('GET', '/documents', `${key}!`);
        await server.request('POST', keys, ADMIN_KEY, { name: key, scopes: [key] });
        await fetch(`${server.url}/documents`, { headers: { authorization: key, 'x-request-id': key, [key.replaceAll('_', '-')]: key } });
      }
      await server.request('GET', '/documents', 'ag_live_wrong');
      expect((server.output.match(/"msg":"request"/g) ?? []).length).toBeGreaterThan(12);
      const betrayed = server.output
        .split('\n')
        .filter((line) => all.some((key) => formsOf(secretOf(key)).some((form) => line.includes(form))));
      expect(betrayed).toEqual([]);
      for (const secret of [ADMIN_KEY]) expect(server.output).not.toContain(secret);
    });
  });
});

import { readdirSync, type Dirent } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { onProduction, startAegis, type RunningAegis } from '../support/aegis';
import { newTenant, type TestTenant } from '../support/api-client';
import { rawExchange } from '../support/raw-exchange';

const MEGABYTE = 1_048_576;

/** What clients that mean no good, or know no better, put on the wire. Whatever it is: no 5xx, no harm, and the next request is served. */
describe('hostile HTTP', () => {
  let aegis: RunningAegis;
  let tenant: TestTenant;
  let port: number;

  beforeAll(async () => {
    aegis = await startAegis({ MAX_UPLOAD_MB: '1' });
    await aegis.app.listen(0, '127.0.0.1');
    ({ port } = aegis.app.getHttpServer().address() as AddressInfo);
    tenant = await newTenant(aegis.app);
  }, 120_000);
  afterAll(() => aegis.close());
  afterEach(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/health/live`);
    expect(answer.status).toBe(200);
  });

  const auth = () => `authorization: Bearer ${tenant.key}\r\n`;
  const json = () => `${auth()}content-type: application/json\r\n`;
  const form = (boundary = '; boundary=xyz') => `${auth()}content-type: multipart/form-data${boundary}\r\n`;

  const raw = (text: string | Buffer, write?: (socket: Socket) => void) => rawExchange(port, text, write);
  const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
  const codeOf = (answer: string) => (JSON.parse(answer.split('\r\n\r\n')[1] ?? '{}') as { code?: string }).code;

  it.each([
    ['two lengths', 'GET /documents HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 400],
    ['a length that is none', 'POST /query HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n', 400],
    ['a coding that nobody knows', 'POST /query HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, x\r\n\r\n', 400],
    ['a chunk without a size', 'POST /query HTTP/1.1\r\nhost: x\r\nAUTHtransfer-encoding: chunked\r\n\r\nzz\r\n', 400],
    ['a zero byte in a header', 'GET /health/live HTTP/1.1\r\nhost: x\r\nx-a: a\u0000b\r\n\r\n', 400],
    ['a return in a header', 'GET /health/live HTTP/1.1\r\nhost: x\r\nx-a: a\rb\r\n\r\n', 400],
    ['a space before the colon', 'GET /documents HTTP/1.1\r\nhost: x\r\nauthorization : Bearer x\r\n\r\n', 400],
    ['20,000 headers', `GET /health/live HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(20_000)}\r\n`, 431],
    ['no host', 'GET /health/live HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['two hosts', 'GET /health/live HTTP/1.1\r\nhost: x\r\nhost: y\r\nconnection: close\r\n\r\n', 400],
    ['a method that is none', 'BREW /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400],
    ['an address with a control character', 'GET /health/live\u0001 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400],
    ['TRACE', 'TRACE /documents HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 405],
    ['a version of its own', 'GET /health/live HTTP/3.7\r\nhost: x\r\nconnection: close\r\n\r\n', 400],
  ])('answers %s with a problem', async (_, text, status) => {
    const answer = await raw(text.replace('AUTH', json()));
    expect([statusOf(answer), codeOf(answer)]).toEqual([status, status === 405 ? 'method_not_allowed' : 'bad_request']);
    expect(answer).toContain('application/problem+json');
  });

  it('reads an absolute address as its path, and takes no other method, host or address from a header', async () => {
    const head = 'connection: close\r\n\r\n';
    expect(statusOf(await raw(`GET http://elsewhere.example/health/live HTTP/1.1\r\nhost: x\r\n${head}`))).toBe(200);
    expect(statusOf(await raw(`GET http://elsewhere.example/v1/documents HTTP/1.1\r\nhost: x\r\n${head}`))).toBe(401);
    expect(statusOf(await raw(`GET http://elsewhere.example HTTP/1.1\r\nhost: x\r\n${head}`))).toBe(404);
    const override =
      'x-http-method-override: POST\r\nx-method-override: POST\r\nx-original-url: /admin/tenants\r\nx-rewrite-url: /admin/tenants\r\n';
    const answer = await raw(
      `GET /documents HTTP/1.1\r\nhost: x\r\n${auth()}${override}x-forwarded-host: evil\r\nforwarded: host=evil\r\n${head}`,
    );
    expect([statusOf(answer), answer.includes('evil')]).toEqual([200, false]);
    const folded = await raw(`GET /documents HTTP/1.1\r\nhost: x\r\nauthorization: Bearer\r\n ${tenant.key}\r\n${head}`);
    expect([200, 400, 401]).toContain(statusOf(folded));
  });

  it('sends nothing behind the headers of an answer to HEAD: the next one on the connection begins there', async () => {
    const asked = ['HEAD /health/live', 'HEAD /documents', 'HEAD /nowhere', `GET /health/live`];
    const last = asked.length - 1;
    const answers = await raw(
      asked.map((line, at) => `${line} HTTP/1.1\r\nhost: x\r\n${at === last ? 'connection: close\r\n' : ''}\r\n`).join(''),
    );
    const pieces = answers.split(/(?=HTTP\/1\.1 )/);
    expect(pieces.map(statusOf)).toEqual([200, 401, 404, 200]);
    expect(pieces.slice(0, last).map((piece) => piece.split('\r\n\r\n')[1])).toEqual(['', '', '']);
    expect(pieces.slice(0, last).every((piece) => /\r\ncontent-length: [1-9]\d*\r\n/i.test(piece))).toBe(true);
  });

  it.each([
    ['100,000 levels', () => `{"query":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'malformed_body'],
    ['100,000 levels of objects', () => `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 'malformed_body'],
    ['80,000 keys', () => `{"query":"a"${Array.from({ length: 80_000 }, (_, key) => `,"k${key}":1`).join('')}}`, 'validation_failed'],
    ['300,000 turns of nothing', () => `{"query":"a","history":[${'{},'.repeat(300_000)}{}]}`, 'validation_failed'],
    ['a million keys', () => `{"query":"a"${',"k":1'.repeat(1_000_000)}}`, 'body_too_large'],
    ['100 MB', () => `{"query":"a","x":"${'x'.repeat(30 * MEGABYTE)}"}`, 'body_too_large'],
    ['one key 100,000 times', () => `{"query":"a"${',"top_k":1'.repeat(90_000)}}`, 'validation_failed'],
    ['half characters', () => `{"query":"${'\\ud800'.repeat(1_000)}"}`, 'validation_failed'],
  ])('refuses JSON of %s quickly', async (_, bodyOf, code) => {
    const body = bodyOf();
    const startedAt = performance.now();
    const answer = await raw(
      `POST /query HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${json()}content-length: ${body.length}\r\n\r\n${body}`,
    );
    expect(codeOf(answer)).toBe(code);
    expect(statusOf(answer)).toBe(code === 'body_too_large' ? 413 : 400);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  it('cuts a body without end, and grows little by it', async () => {
    const before = process.memoryUsage().rss;
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    let sent = 0;
    const answer = await raw(`POST /query HTTP/1.1\r\nhost: x\r\n${json()}transfer-encoding: chunked\r\n\r\n`, (socket) => {
      const more = () => {
        while (!socket.destroyed && sent < 2_048 * MEGABYTE) {
          sent += 65_536;
          if (!socket.write(chunk)) return void socket.once('drain', more);
        }
      };
      more();
    });
    expect([0, 413]).toContain(statusOf(answer));
    expect(sent).toBeLessThan(300 * MEGABYTE);
    expect((process.memoryUsage().rss - before) / MEGABYTE).toBeLessThan(150);
  });

  it.each([
    ['without a boundary', '', '', 'malformed_body'],
    [
      'of 10,000 parts',
      '; boundary=xyz',
      `${'--xyz\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n'.repeat(10_000)}--xyz--\r\n`,
      'validation_failed',
    ],
    [
      'that never ends',
      '; boundary=xyz',
      '--xyz\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc',
      'malformed_body',
    ],
    [
      'of one long header',
      '; boundary=xyz',
      `--xyz\r\ncontent-disposition: form-data; name="${'a'.repeat(100_000)}"\r\n\r\nb\r\n--xyz--\r\n`,
      null,
    ],
    ['of nothing', '; boundary=xyz', '', null],
  ])('refuses a form %s', async (_, boundary, body, code) => {
    const answer = await raw(
      `POST /documents HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${form(boundary)}content-length: ${body.length}\r\n\r\n${body}`,
    );
    expect(statusOf(answer)).toBe(400);
    if (code !== null) expect(codeOf(answer)).toBe(code);
  });

  it('reads no more than a few parts of a form', async () => {
    const parts = Array.from({ length: 10_000 }, (_, part) => `--xyz\r\ncontent-disposition: form-data; name="a${part}"\r\n\r\nb\r\n`);
    const body = `${parts.join('')}--xyz--\r\n`;
    const answer = await raw(
      `POST /documents HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${form()}content-length: ${body.length}\r\n\r\n${body}`,
    );
    const { errors = [] } = JSON.parse(answer.split('\r\n\r\n')[1] ?? '{}') as { errors?: { pointer: string; code: string }[] };
    expect(errors).toContainEqual(expect.objectContaining({ pointer: '', code: 'too_many' }));
    expect(errors.length).toBeLessThan(20);
  });

  it('keeps no file of uploads that were given up', async () => {
    const part = '--xyz\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n';
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        raw(
          `POST /documents HTTP/1.1\r\nhost: x\r\n${form()}content-length: 1000000\r\n\r\n${part}${'가'.repeat(index * 1_000)}`,
          (socket) => setTimeout(() => (index % 2 === 0 ? socket.destroy() : socket.end()), 50 + index * 5),
        ),
      ),
    );
    // Other tests write into the same folder on the production profile: there only what stands with the tenant is ours.
    const isOurs = ({ parentPath }: Dirent) => !onProduction || parentPath.includes(tenant.id);
    const left = () =>
      readdirSync(aegis.platform.settings.filesFolder, { recursive: true, withFileTypes: true }).filter(
        (entry) => entry.isFile() && isOurs(entry),
      );
    for (let patience = 0; left().length > 0 && patience < 100; patience++) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(left().map(({ name }) => name)).toEqual([]);
  });

  it('cuts clients that are slow on purpose, and serves the others meanwhile', async () => {
    const startedAt = performance.now();
    const seconds = () => (performance.now() - startedAt) / 1_000;
    const lifeOf = (text: string, piece: string) =>
      raw(text, (socket) => {
        const timer = setInterval(() => socket.write(piece), 1_000);
        socket.on('close', () => clearInterval(timer));
      }).then((answer) => ({ answer, after: seconds() }));
    const part = '--xyz\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n';
    const slow = [
      ...Array.from({ length: 20 }, () => lifeOf('GET /health/live HTTP/1.1\r\nhost: x\r\n', 'x-a: b\r\n')),
      ...Array.from({ length: 20 }, () => lifeOf(`POST /query HTTP/1.1\r\nhost: x\r\n${json()}content-length: 1000\r\n\r\n{`, ' ')),
      ...Array.from({ length: 20 }, () =>
        lifeOf(`POST /documents HTTP/1.1\r\nhost: x\r\n${form()}content-length: 900000\r\n\r\n${part}`, 'abc'),
      ),
    ];
    const idle = raw('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n').then((answer) => ({ answer, after: seconds() }));
    const healthy: number[] = [];
    while (seconds() < 8) {
      const askedAt = performance.now();
      expect((await fetch(`http://127.0.0.1:${port}/documents`, { headers: { authorization: `Bearer ${tenant.key}` } })).status).toBe(200);
      healthy.push(performance.now() - askedAt);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(healthy.length).toBeGreaterThan(3);
    const lives = await Promise.all(slow);
    expect(Math.max(...lives.map(({ after }) => after))).toBeLessThan(22);
    expect(lives.map(({ answer }) => statusOf(answer)).filter((status) => ![0, 400, 408].includes(status))).toEqual([]);
    expect([statusOf((await idle).answer), (await idle).after < 15]).toEqual([200, true]);
  }, 60_000);
});

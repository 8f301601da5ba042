import { connect, type AddressInfo } from 'node:net';
import { startAegis, type RunningAegis } from '../support/aegis';
import { newTenant, type TestTenant } from '../support/api-client';
import { rawExchange } from '../support/raw-exchange';
import type { Wire } from '../support/wire';

describe('sockets', () => {
  let aegis: RunningAegis;
  let tenant: TestTenant;
  let port: number;

  beforeAll(async () => {
    aegis = await startAegis({ MAX_UPLOAD_MB: '1' });
    await aegis.app.listen(0, '127.0.0.1');
    ({ port } = aegis.app.getHttpServer().address() as AddressInfo);
    tenant = await newTenant(aegis.app);
  });
  afterAll(() => aegis.close());

  const key = () => `Bearer ${tenant.key}`;
  const url = (path: string) => `http://127.0.0.1:${port}${path}`;
  const raw = (text: string | Buffer) => rawExchange(port, text);

  it('refuse a second Authorization header', async () => {
    const head = `GET /documents HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: ${key()}\r\n`;
    expect(await raw(`${head}\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await raw(`${head}Authorization: ${key()}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 401 /);
  });

  it.each([
    ['__proto__', 401],
    ['constructor', 401],
    ['authorization\t', 400],
    ['authorization\0', 400],
  ])('take no key from a header called %j, and nothing is left of it', async (name, status) => {
    const head = `GET /documents HTTP/1.1\r\nhost: x\r\nconnection: close\r\n`;
    expect(await raw(`${head}${name}: ${key()}\r\n\r\n`)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(await raw(`${head}\r\n`)).toMatch(/^HTTP\/1\.1 401 /);
  });

  it.each([
    ['a NUL in the key', 'Bearer ag_live_\0', 400],
    ['a key of 16 kB', `Bearer ${'a'.repeat(16_384)}`, 431],
    ['a tab and a key', 'Bearer\tag_live_', 401],
    ['letters beyond ASCII', 'Bearer ag_live_\u00e9', 401],
  ])('refuse %s', async (_, value, status) => {
    const answer = await raw(`GET /documents HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: ${value}\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it.each([
    ['both lengths of a body', 'POST /query HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['no HTTP at all', 'hello there\r\n\r\n', 400],
    ['a head without end', `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['too many headers', `GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${'a: b\r\n'.repeat(120)}\r\n`, 431],
  ])('answer %s with problem details', async (_, text, status) => {
    const [head = '', body = ''] = (await raw(text)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toContain('application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status, code: 'bad_request' });
  });

  it('answer an upload over the limit while it is still being sent', async () => {
    const form = new FormData();
    form.append('file', new Blob([Buffer.alloc(30_000_000, 'a')]), 'big.txt');
    const response = await fetch(url('/documents'), { method: 'POST', body: form, headers: { authorization: key() } });
    expect([response.status, ((await response.json()) as Wire).code]).toEqual([413, 'file_too_large']);
    expect((await tenant.api.get('/documents')).body.data).toEqual([]);
  });

  it('read to its end an upload whose file name is refused, and answer the next request on the same connection', async () => {
    const form = Buffer.concat([
      Buffer.from('--xyz\r\ncontent-disposition: form-data; name="file"; filename=".."\r\n\r\n'),
      Buffer.alloc(5_000_000, 'a'),
      Buffer.from('\r\n--xyz--\r\n'),
    ]);
    const upload = `POST /documents HTTP/1.1\r\nhost: x\r\nauthorization: ${key()}\r\ncontent-type: multipart/form-data; boundary=xyz\r\ncontent-length: ${form.length}\r\n\r\n`;
    const next = 'GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
    const answers = await raw(Buffer.concat([Buffer.from(upload), form, Buffer.from(next)]));
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 200']);
  });

  it('keep nothing of an upload that its client gave up', async () => {
    const head = `POST /documents HTTP/1.1\r\nhost: x\r\nauthorization: ${key()}\r\ncontent-type: multipart/form-data; boundary=xyz\r\ncontent-length: 100000\r\n\r\n`;
    const socket = connect(port, '127.0.0.1');
    socket.write(`${head}--xyz\r\ncontent-disposition: form-data; name="file"; filename="반쯤.txt"\r\n\r\n${'가'.repeat(1_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await tenant.api.get('/documents')).body.data).toEqual([]);
    expect((await tenant.api.upload('반쯤.txt', '가나다')).status).toBe(202);
  });

  it('take the upload of a browser, Korean name and all', async () => {
    const form = new FormData();
    form.append('title', '안내문');
    form.append('file', new Blob(['건강검진은 10월 13일이다.']), '건강검진 안내.txt');
    const response = await fetch(url('/v1/documents'), { method: 'POST', body: form, headers: { authorization: key() } });
    expect([response.status, ((await response.json()) as Wire).filename]).toEqual([202, '건강검진 안내.txt']);
  });

  it('take ten megabytes of JSON to the end before they refuse it', async () => {
    const body = JSON.stringify({ query: 'a', filters: 'x'.repeat(10_000_000) });
    const response = await fetch(url('/query'), {
      method: 'POST',
      body,
      headers: { authorization: key(), 'content-type': 'application/json' },
    });
    expect([response.status, ((await response.json()) as Wire).code]).toEqual([413, 'body_too_large']);
  });
});

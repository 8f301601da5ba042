import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, startAegis, type RunningAegis } from '../support/aegis';
import { newTenant, type ApiClient } from '../support/api-client';
import { pdfFile } from '../support/pdf-file';

const POLICY =
  '# 휴가 규정\n\n## 제3조 연차\n\n연차 유급휴가는 1년에 17일이다.\n\n## Remote work\n\nEmployees may work from home two days a week.\n';
const fixture = (name: string) => readFileSync(join(ROOT, 'test/fixtures', name));

describe('documents', () => {
  let aegis: RunningAegis;
  let api: ApiClient;

  beforeAll(async () => {
    aegis = await startAegis();
  });
  afterAll(() => aegis.close());
  beforeEach(async () => {
    ({ api } = await newTenant(aegis.app));
  });

  it('takes a file in and answers with what is known of it', async () => {
    const { status, body } = await api.upload('휴가규정.md', POLICY, { title: '휴가 규정', doc_type: 'policy', tags: '["hr"]' });
    expect(status).toBe(202);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      filename: '휴가규정.md',
      status: 'processing',
      version: 1,
      content_hash: createHash('sha256').update(POLICY).digest('hex'),
      size_bytes: Buffer.byteLength(POLICY),
      media_type: 'text/markdown',
      duplicate: false,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    });
  });

  it('processes it, and shows chunks, content and versions', async () => {
    const { body } = await api.ingest('휴가규정.md', POLICY, {
      title: '휴가 규정',
      metadata: '{"project":"아폴로"}',
      valid_from: '2024-01-01',
    });
    expect(body).toMatchObject({ status: 'completed', is_latest: true, error: null, title: '휴가 규정', metadata: { project: '아폴로' } });
    expect(body).toMatchObject({ valid_from: '2024-01-01T00:00:00.000Z', previous_version_id: null, replaced_at: null });
    expect(body.chunk_count).toBeGreaterThan(0);

    const chunks = await api.get(`/documents/${body.id}/chunks?limit=1`);
    expect(chunks.body.data).toHaveLength(1);
    expect(chunks.body.data[0]).toMatchObject({ chunk_index: 0, kind: 'text', page: null });
    const all = await api.get(`/documents/${body.id}/chunks?limit=100`);
    expect(all.body.data.map((chunk) => chunk.content).join('\n')).toContain('17일');

    const content = await api.get(`/v1/documents/${body.id}/content`);
    expect(content.text).toBe(POLICY);
    expect(content.headers['content-disposition']).toBe(`attachment; filename*=UTF-8''${encodeURIComponent('휴가규정.md')}`);

    const versions = await api.get(`/documents/${encodeURIComponent('휴가규정.md')}/versions`);
    expect(versions.body).toEqual([
      { id: body.id, version: 1, is_latest: true, status: 'completed', created_at: body.created_at, replaced_at: null },
    ]);
  });

  it('keeps a decomposed Korean name composed, in the answer and as the name of versions', async () => {
    const decomposed = '취업규칙.md'.normalize('NFD');
    expect(decomposed).not.toBe('취업규칙.md');
    const first = await api.ingest(decomposed, POLICY);
    expect(first.body.filename).toBe('취업규칙.md');
    const second = await api.ingest('취업규칙.md', `${POLICY}\n새 조항.`);
    expect(second.body).toMatchObject({ version: 2, previous_version_id: first.body.id });
    const versions = await api.get(`/documents/${encodeURIComponent(decomposed)}/versions`);
    expect(versions.list.map((one) => [one.version, one.is_latest])).toEqual([
      [2, true],
      [1, false],
    ]);
    expect(versions.list[1]?.replaced_at).not.toBeNull();
  });

  it('does nothing again for the same content under the same name', async () => {
    const first = await api.ingest('규정.md', POLICY);
    const again = await api.upload('규정.md', POLICY, { title: '다른 제목' });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ id: first.body.id, duplicate: true, status: 'completed', version: 1 });
  });

  it('reads fields that come behind the file, and before it', async () => {
    const before = await api.form([
      { name: 'title', content: '앞' },
      { name: 'file', filename: 'a.md', content: POLICY },
      { name: 'department', content: '인사팀' },
    ]);
    expect(before.status).toBe(202);
    expect((await api.get(`/documents/${before.body.id}`)).body).toMatchObject({ title: '앞', department: '인사팀' });
  });

  it('lists newest first, page by page, and filters', async () => {
    for (const number of [1, 2, 3])
      await api.upload(`${number}.txt`, `문서 ${number} 본문`, { doc_type: number === 2 ? 'memo' : 'note', tags: `["t${number}"]` });
    const first = await api.get('/documents?limit=2');
    expect(first.body.data.map((one) => one.filename)).toEqual(['3.txt', '2.txt']);
    const second = await api.get(`/documents?limit=2&cursor=${first.body.next_cursor}`);
    expect(second.body).toMatchObject({ data: [{ filename: '1.txt' }], next_cursor: null });
    expect((await api.get('/documents?doc_type=memo')).body.data).toHaveLength(1);
    expect((await api.get('/documents?tag=t3')).body.data).toMatchObject([{ filename: '3.txt' }]);
    expect((await api.get('/documents?filename=1.txt')).body.data).toHaveLength(1);
  });

  it('refuses a cursor that was changed, and one of another filter or another tenant', async () => {
    for (const number of [1, 2]) await api.upload(`${number}.txt`, `문서 ${number} 본문`);
    const { next_cursor: cursor } = (await api.get('/documents?limit=1')).body as { next_cursor: string };
    const { api: other } = await newTenant(aegis.app);
    const refused = await Promise.all([
      api.get(`/documents?limit=1&cursor=${cursor.slice(0, -2)}${cursor.endsWith('AA') ? 'BB' : 'AA'}`),
      api.get(`/documents?limit=1&doc_type=memo&cursor=${cursor}`),
      api.get(`/documents?limit=1&cursor=abc`),
      other.get(`/documents?limit=1&cursor=${cursor}`),
    ]);
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual(refused.map(() => [400, 'invalid_cursor']));
  });

  it('answers 304 while nothing changed, and 200 after', async () => {
    const { headers, body } = await api.ingest('규정.md', POLICY);
    const etag = String(headers['etag']);
    const unchanged = await api.get(`/documents/${body.id}`, { 'if-none-match': `"other", W/${etag}` });
    expect([unchanged.status, unchanged.text, unchanged.headers['etag']]).toEqual([304, '', etag]);
    await api.ingest('규정.md', `${POLICY}\n바뀜`);
    expect((await api.get(`/documents/${body.id}`, { 'if-none-match': etag })).status).toBe(200);
  });

  it('deletes one version: it is gone from answers, and an older text never comes back', async () => {
    await api.ingest('규정.md', POLICY);
    const second = await api.ingest('규정.md', `${POLICY}\n둘째 판`);
    const deleted = await api.delete(`/documents/${second.body.id}`);
    expect([deleted.status, Object.keys(deleted.body)]).toEqual([202, ['deletion_id']]);
    expect((await api.post('/search', { query: '연차 유급휴가는 며칠인가?' })).body.results).toEqual([]);
    expect((await api.delete(`/documents/${second.body.id}`)).status).toBe(404);
  });

  it('deletes the whole history of a name, and nothing else', async () => {
    const first = await api.ingest('규정.md', POLICY);
    const second = await api.ingest('규정.md', `${POLICY}\n둘째 판`);
    const other = await api.ingest('다른 규정.md', POLICY);
    expect((await api.delete(`/documents/${first.body.id}?all_versions=true`)).status).toBe(202);
    for (const { body } of [first, second]) expect((await api.delete(`/documents/${body.id}`)).status).toBe(404);
    const found = await api.post('/search', { query: '연차 유급휴가는 며칠인가?' });
    expect(new Set(found.body.results.map(({ filename }) => filename))).toEqual(new Set(['다른 규정.md']));
    expect((await api.get(`/documents/${other.body.id}`)).body.is_latest).toBe(true);
  });

  it.each([
    ['an empty file', Buffer.alloc(0), 'leer.txt', 422, 'file_empty'],
    [
      'bytes of no known format',
      Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      'a.pdf',
      415,
      'unsupported_media_type',
    ],
  ])('refuses %s at once', async (_, content, name, status, code) => {
    const answer = await api.upload(name, content);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect((await api.get('/documents')).body.data).toEqual([]);
  });

  it.each([
    ['a PDF without pages', () => pdfFile([]), 'file_corrupt'],
    ['a PDF that asks for a password', () => fixture('password-to-open.pdf'), 'file_encrypted'],
  ])('ends %s as failed, with its code', async (_, content, code) => {
    const answer = await api.upload('문서.pdf', content());
    if (answer.status !== 202) expect([answer.status, answer.body.code]).toEqual([422, code]);
    else expect((await api.ended(answer.body.id)).body).toMatchObject({ status: 'failed', error: { code, retryable: false } });
  });

  it('says why a document failed in the language that is asked for, else in the tenant’s', async () => {
    const tenant = await newTenant(aegis.app, { settings: { language: 'ko' } });
    const { body } = await tenant.api.ingest('문서.pdf', pdfFile([]));
    const [english, korean] = ['the PDF has no pages', 'PDF에 페이지가 없습니다'];
    const address = `/documents/${body.id}`;
    const toldBy = async (asker: ApiClient, path: string, headers = {}) => {
      const answer = (await asker.get(path, headers)).body;
      return ((path === '/documents' ? answer.data[0] : answer) as unknown as { error: { message: string } }).error.message;
    };
    for (const path of [address, '/documents']) {
      expect(await toldBy(tenant.api, path, { 'accept-language': 'en' })).toBe(english);
      expect(await toldBy(tenant.api, path, { 'accept-language': 'ko-KR,ko;q=0.9' })).toBe(korean);
      expect(await toldBy(tenant.api, path, { 'accept-language': '*' })).toBe(korean);
      expect(await toldBy(tenant.api, path)).toBe(korean);
    }
    const other = await api.ingest('문서.pdf', pdfFile([])); // of a tenant that has set no language
    expect(await toldBy(api, `/documents/${other.body.id}`)).toBe(english);
    // A tag that was seen in one language is meant in any other.
    const seen = String((await tenant.api.get(address, { 'accept-language': 'ko' })).headers['etag']);
    expect((await tenant.api.get(address, { 'if-none-match': seen, 'accept-language': 'en' })).status).toBe(200);
    expect((await tenant.api.get(address, { 'if-none-match': seen })).status).toBe(304);
    expect((await tenant.api.delete(address, { 'if-match': seen, 'accept-language': 'en' })).status).toBe(202);
  });

  it('processes a failed document again when it is sent again', async () => {
    const first = await api.upload('문서.pdf', pdfFile([]));
    await api.ended(first.body.id);
    const again = await api.upload('문서.pdf', pdfFile([]));
    expect([again.status, again.body.id, again.body.duplicate]).toEqual([202, first.body.id, false]);
  });

  it.each([
    ['no file', [{ name: 'title', content: 'x' }], 400, 'file_missing', undefined],
    ['a file without a file name', [{ name: 'file', content: 'x' }], 400, 'file_missing', undefined],
    ['a second file', [1, 2].map((n) => ({ name: 'file', filename: `${n}.md`, content: POLICY })), 400, 'validation_failed', '/file'],
    [
      'an unknown field',
      [
        { name: 'file', filename: 'a.md', content: POLICY },
        { name: 'owner', content: 'x' },
      ],
      400,
      'validation_failed',
      '/owner',
    ],
    [
      'tags that are no JSON',
      [
        { name: 'file', filename: 'a.md', content: POLICY },
        { name: 'tags', content: 'a,b' },
      ],
      400,
      'validation_failed',
      '/tags',
    ],
    [
      'metadata that is a list',
      [
        { name: 'file', filename: 'a.md', content: POLICY },
        { name: 'metadata', content: '[]' },
      ],
      400,
      'validation_failed',
      '/metadata',
    ],
    [
      'metadata over 16 KB',
      [
        { name: 'file', filename: 'a.md', content: POLICY },
        { name: 'metadata', content: `{"a":"${'x'.repeat(16_400)}"}` },
      ],
      400,
      'validation_failed',
      '/metadata',
    ],
    [
      'a day that no calendar has',
      [
        { name: 'file', filename: 'a.md', content: POLICY },
        { name: 'valid_from', content: '2024-02-30' },
      ],
      400,
      'validation_failed',
      '/valid_from',
    ],
    ['a name that is only a path', [{ name: 'file', filename: '..', content: POLICY }], 400, 'validation_failed', '/file'],
  ])('refuses a form with %s', async (_, parts, status, code, pointer) => {
    const answer = await api.form(parts);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    if (pointer !== undefined) expect(answer.body.errors.map((error) => error.pointer)).toContain(pointer);
    expect((await api.get('/documents')).body.data).toEqual([]);
  });

  it('refuses a form that breaks off, one without a boundary, and JSON', async () => {
    const type = 'multipart/form-data; boundary=xyz';
    const broken = await api.send(
      'POST',
      '/documents',
      '--xyz\r\ncontent-disposition: form-data; name="file"; filename="a.md"\r\n\r\nabc',
      { 'content-type': type },
    );
    const unbounded = await api.send('POST', '/documents', 'abc', { 'content-type': 'multipart/form-data' });
    const json = await api.post('/documents', { file: 'x' });
    expect([broken, unbounded, json].map(({ status, body }) => [status, body.code])).toEqual([
      [400, 'malformed_body'],
      [400, 'malformed_body'],
      [415, 'unsupported_media_type'],
    ]);
  });
});

describe('a file over the limit', () => {
  it('is refused with 413, and nothing of it stays', async () => {
    const aegis = await startAegis({ MAX_UPLOAD_MB: '1' });
    try {
      const { api } = await newTenant(aegis.app);
      const answer = await api.upload('groß.txt', Buffer.alloc(1_048_577, 'a'));
      expect([answer.status, answer.body.code, answer.body.detail]).toEqual([413, 'file_too_large', 'The file is larger than 1 MB.']);
      expect((await api.get('/documents')).body.data).toEqual([]);
      expect((await api.upload('genau.txt', Buffer.alloc(1_048_576, 'a'))).status).toBe(202);
    } finally {
      await aegis.close();
    }
  });
});

import { randomBytes, randomUUID } from 'node:crypto';
import { startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, ApiClient, newTenant, strangerOf, type Answer, type TestTenant } from '../support/api-client';
import { OPEN_TIMEOUT_MS } from '../support/database';
import { CASES, OWN_FILE, type Belongings, type Case, type Intruder } from './cases';

/** In every text that the owner has: if it shows up anywhere else, something leaked. */
const CANARY = `canary${randomBytes(16).toString('hex')}`;
const CONTENT = (number: number) =>
  `# ${CANARY} 영업 비밀\n\n${CANARY} 계약의 책임 한도는 ${number}50,000달러이다. The liability limit is secret.\n`;

/** Answers of two requests, without what is new in each. */
const comparable = ({ status, headers, text }: Answer): object => {
  const id = String(headers['x-request-id']);
  const { date: _date, ...stable } = headers;
  return {
    status,
    text: text.replaceAll(id, 'ID'),
    headers: JSON.stringify(stable)
      .replaceAll(id, 'ID')
      .replace(/r=\d+;t=\d+/, 'r;t'),
  };
};

/** Asks with HEAD wherever the other asks with GET. */
class HeadOnly extends ApiClient {
  override get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send('HEAD', url, undefined, headers);
  }
}

function askedOf(one: Case, intruding: Intruder, owner: Belongings): Promise<Answer> {
  if (one.kind === 'id') return one.ask(intruding, one.idOf(owner));
  if (one.kind !== 'tenant_administrator') return one.ask(intruding, owner);
  return one.ask({ ...intruding, api: intruding.administrator }, owner.tenantId, owner.keyId);
}

async function belongingsOf({ id, keyId, api }: TestTenant, administrator: ApiClient): Promise<Belongings> {
  const filename = `${CANARY}-계약서.md`;
  const fields = { title: CANARY, doc_type: CANARY, department: CANARY, tags: `["${CANARY}"]`, metadata: `{"note":"${CANARY}"}` };
  await api.ingest(filename, CONTENT(1), fields);
  await api.ingest(`secret-${filename}`, CONTENT(3), fields);
  const { body } = await api.ingest(filename, CONTENT(2), fields);
  const asked = await api.post('/query', { query: `${CANARY} 책임 한도는?` });
  const [job] = (await administrator.get(`/admin/jobs?tenant_id=${id}`)).body.data;
  const cursors = {
    documents: (await api.get('/documents?limit=1')).body.next_cursor ?? '',
    usage: (await api.get('/usage/records?limit=1')).body.next_cursor ?? '',
  };
  return {
    tenantId: id,
    keyId,
    documentId: body.id,
    jobId: job?.id ?? '',
    filename,
    content: CONTENT(2),
    queryId: asked.body.query_id,
    cursors,
  };
}

/** All that the owner can see of what is theirs. */
async function stateOf({ api }: TestTenant, owner: Belongings): Promise<readonly string[]> {
  const paths = [
    '/documents?latest_only=false',
    `/documents/${owner.documentId}/chunks`,
    `/documents/${owner.documentId}/content`,
    '/usage',
    '/usage/records',
    `/audit/${owner.queryId}`,
  ];
  const answers: string[] = [];
  for (const path of paths) answers.push((await api.get(path)).text);
  return answers;
}

describe('every route, asked by another tenant', () => {
  let aegis: RunningAegis;
  let owner: TestTenant;
  let intruder: TestTenant;
  let intrudersAdministrator: ApiClient;
  let administrators: { readonly key: string };
  let belongings: Belongings;

  beforeAll(async () => {
    aegis = await startAegis();
    owner = await newTenant(aegis.app, { name: CANARY });
    intruder = await newTenant(aegis.app);
    const { body } = await administratorOf(aegis.app).post(`/admin/tenants/${intruder.id}/api-keys`, { name: 'admin', scopes: ['admin'] });
    administrators = body;
    intrudersAdministrator = new ApiClient(aegis.app, body.key);
    await intruder.api.ingest(OWN_FILE, '# 회의록\n\n다음 회의는 화요일이다. The next meeting is on Tuesday.\n');
    belongings = await belongingsOf(owner, administratorOf(aegis.app));
    // What processing cost is written down a little behind its end: nothing of the owner's may change by itself any more.
    const processed = async () => (await owner.api.get('/usage')).body as unknown as { readonly documents_processed: number };
    for (const late = Date.now() + 30_000; (await processed()).documents_processed < 3 && Date.now() < late;)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await processed()).toMatchObject({ documents_processed: 3 });
  }, OPEN_TIMEOUT_MS);
  afterAll(() => aegis.close());

  const secrets = () => [
    CANARY,
    belongings.tenantId,
    belongings.keyId,
    belongings.documentId,
    belongings.jobId,
    belongings.queryId,
    owner.key,
  ];
  const betrayed = (answer: Answer) => secrets().filter((secret) => `${JSON.stringify(answer.headers)}${answer.text}`.includes(secret));

  it('has a case', async () => {
    const document = JSON.parse((await strangerOf(aegis.app).get('/openapi.json')).text) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.length).toBeGreaterThan(20);
    expect([...operations].sort()).toEqual(Object.keys(CASES).sort());
  });

  it('is known to answer its owner, so that the silence below means something', async () => {
    for (const path of [
      `/documents/${belongings.documentId}`,
      `/documents/${belongings.documentId}/chunks`,
      `/audit/${belongings.queryId}`,
    ]) {
      const answer = await owner.api.get(path);
      expect(answer.status).toBe(200);
      expect(betrayed(answer)).not.toEqual([]);
    }
  });

  describe.each(['', '/v1'])('with the prefix "%s"', (prefix) => {
    it.each(Object.entries(CASES))('%s', async (_, one) => {
      const before = await stateOf(owner, belongings);
      const clients = { api: intruder.api, administrator: intrudersAdministrator };
      const { answer, mayName } = await asked(one, { ...clients, prefix, newcomer: async () => (await newTenant(aegis.app)).api });
      expect(betrayed(answer).filter((secret) => !mayName.includes(secret))).toEqual([]);
      expect(await stateOf(owner, belongings)).toEqual(before);
    });
  });

  /** The answer, and what of the owner it may name because the intruder said it first. */
  async function asked(one: Case, intruding: Intruder): Promise<{ readonly answer: Answer; readonly mayName: readonly string[] }> {
    switch (one.kind) {
      case 'id': {
        const answer = await one.ask(intruding, one.idOf(belongings));
        expect(answer.status).toBe(404);
        expect(comparable(answer)).toEqual(comparable(await one.ask(intruding, randomUUID())));
        return { answer, mayName: [] };
      }
      case 'own': {
        const answer = await one.ask(intruding, belongings);
        one.holds(answer);
        return { answer, mayName: one.namesWhatItSent === true ? [CANARY] : [] };
      }
      case 'tenant_administrator': {
        const { tenantId, keyId } = belongings;
        expect((await one.ask(intruding, tenantId, keyId)).body.code).toBe('insufficient_scope');
        expect((await one.ask(intruding, intruder.id, keyId)).body.code).toBe('insufficient_scope');
        const administrating = { ...intruding, api: intruding.administrator };
        const answer = await one.ask(administrating, tenantId, keyId);
        expect(answer.status).toBe(404);
        expect(comparable(answer)).toEqual(comparable(await one.ask(administrating, randomUUID(), randomUUID())));
        return { answer, mayName: [] };
      }
      case 'administrator': {
        const answer = await one.ask(intruding, belongings);
        expect([answer.status, answer.body.code]).toEqual([403, 'insufficient_scope']);
        const asTenantAdministrator = await one.ask({ ...intruding, api: intruding.administrator }, belongings);
        expect([asTenantAdministrator.status, asTenantAdministrator.body.code]).toEqual([403, 'insufficient_scope']);
        return { answer, mayName: [] };
      }
      case 'public': {
        const answer = await one.ask(intruding);
        expect(answer.status).toBe(200);
        return { answer, mayName: [] };
      }
    }
  }

  describe('with HEAD', () => {
    const READING = Object.entries(CASES).filter(([operation]) => operation.startsWith('GET '));
    const prefix = '/v1';
    const newcomer = async () => Promise.reject(new Error('nobody new is needed'));
    const lengthOf = ({ headers }: Answer): number => Number(headers['content-length'] ?? NaN);

    it.each(READING.filter(([operation]) => operation !== 'GET /v1/query/stream'))(
      '%s is answered as with GET, but for the body',
      async (_, one) => {
        const [own, administrator] = [intruder.key, administrators.key];
        for (const [key, adminKey] of [
          [own, administrator],
          [null, null],
        ] as const) {
          const client = (Client: typeof ApiClient) => ({
            api: new Client(aegis.app, key),
            administrator: new Client(aegis.app, adminKey),
          });
          const byGet = await askedOf(one, { ...client(ApiClient), prefix, newcomer }, belongings);
          const byHead = await askedOf(one, { ...client(HeadOnly), prefix, newcomer }, belongings);
          expect([byHead.text, betrayed(byHead)]).toEqual(['', []]);
          const changes = one.kind === 'public'; // measured anew each time
          if (changes) expect(lengthOf(byHead)).toBeGreaterThan(0);
          const shown = (answer: Answer) =>
            comparable({ ...answer, text: '', ...(changes && { headers: { ...answer.headers, 'content-length': '' } }) });
          expect(shown(byHead)).toEqual(shown(byGet));
        }
      },
    );

    it('GET /v1/query/stream spends no ticket, and says that it takes GET alone', async () => {
      const { ticket } = (await intruder.api.post('/query/stream/tickets', { query: '다음 회의는 언제인가요?' })).body;
      const url = `/v1/query/stream?ticket=${encodeURIComponent(ticket)}`;
      const byHead = await new HeadOnly(aegis.app, null).get(url);
      expect([byHead.status, byHead.headers['allow']]).toEqual([405, 'GET, POST']);
      expect((await strangerOf(aegis.app).get(url)).text).toContain('event: done');
    });
  });

  it.each(['/documents?limit=1&cursor=', '/usage/records?limit=1&cursor='])('takes no cursor of another: %s', async (path) => {
    const cursor = path.startsWith('/documents') ? belongings.cursors.documents : belongings.cursors.usage;
    expect((await owner.api.get(`${path}${cursor}`)).status).toBe(200);
    expect((await intruder.api.get(`${path}${cursor}`)).body.code).toBe('invalid_cursor');
  });

  it('takes no ticket twice, and none that was signed for another purpose', async () => {
    const stranger = strangerOf(aegis.app);
    expect((await stranger.get(`/query/stream?ticket=${belongings.cursors.documents}`)).body.code).toBe('unauthenticated');
  });
});

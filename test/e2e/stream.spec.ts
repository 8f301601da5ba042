import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { QueryPermits } from '@aegis/application/answering/query-permits';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, ApiClient, newTenant, type TestTenant } from '../support/api-client';
import type { Wire } from '../support/wire';

const REPORT = '# 2023년 3분기 실적\n\n2023년 3분기 매출은 42억원이다. 영업이익은 5억원이다.\n';
const QUESTION = '2023년 3분기 매출은 얼마인가요?';

interface Event {
  readonly id: string;
  readonly event: string;
  readonly data: Wire;
}

const eventsOf = (text: string): readonly Event[] =>
  text
    .split('\n\n')
    .filter((block) => block.startsWith('id:'))
    .map((block) => {
      const [id = '', event = '', data = ''] = block.split('\n').map((line) => line.slice(line.indexOf(': ') + 2));
      return { id, event, data: JSON.parse(data) as Wire };
    });

describe('streams', () => {
  let aegis: RunningAegis;
  let tenant: TestTenant;
  let port: number;

  beforeAll(async () => {
    aegis = await startAegis();
    await aegis.app.listen(0, '127.0.0.1');
    ({ port } = aegis.app.getHttpServer().address() as AddressInfo);
    tenant = await newTenant(aegis.app);
    await tenant.api.ingest('실적.md', REPORT);
  });
  afterAll(() => aegis.close());

  /** A request over a real socket; resolves with the head of the answer. */
  function open(method: string, path: string, headers: Record<string, string | string[]>, body = ''): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', method, path, headers: { ...headers } }, resolve);
      asked.on('error', reject);
      asked.end(body);
    });
  }

  async function read(response: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }

  const asJson = () => ({ authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' });
  const stream = (body: object) => open('POST', '/query/stream', asJson(), JSON.stringify(body));

  it('send the evidence, then tokens that joined are the answer, then the whole', async () => {
    const response = await stream({ query: QUESTION });
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      ratelimit: expect.stringContaining('"requests"') as string,
      'x-request-id': expect.stringMatching(/./) as string,
    });
    const events = eventsOf(await read(response));
    const names = events.map(({ event }) => event);
    expect([names.at(0), names.at(-1)]).toEqual(['retrieval', 'done']);
    expect(names.slice(1, -1).length).toBeGreaterThan(0);
    expect(new Set(names.slice(1, -1))).toEqual(new Set(['token']));
    expect(events.map(({ id }) => Number(id))).toEqual(events.map((_, index) => index + 1));
    const done = events.at(-1)?.data;
    expect(
      events
        .filter(({ event }) => event === 'token')
        .map(({ data }) => data.content)
        .join(''),
    ).toBe(done?.answer);
    expect(done).toMatchObject({ refused: false, query_id: events[0]?.data.query_id, confidence: events[0]?.data.confidence });
    expect(events[0]?.data.sources.length).toBeGreaterThan(0);
    expect((await tenant.api.get(`/audit/${done?.query_id}`)).status).toBe(200);
  });

  it('end in a refusal without a token', async () => {
    const events = eventsOf(await read(await stream({ query: '사내 어린이집의 운영 시간은 어떻게 되나요?' })));
    expect(events.map(({ event }) => event)).toEqual(['retrieval', 'done']);
    expect(events[1]?.data).toMatchObject({ refused: true, reason_code: 'insufficient_evidence', sources: [] });
  });

  it('answer what is wrong before the start as an ordinary error', async () => {
    const response = await stream({ query: QUESTION, known_at: '2999-01-01' });
    expect([response.statusCode, response.headers['content-type']]).toEqual([400, 'application/problem+json; charset=utf-8']);
    expect(JSON.parse(await read(response))).toMatchObject({ code: 'validation_failed' });
  });

  it('open once by a ticket, with nothing but an address', async () => {
    const { status, body } = await tenant.api.post('/query/stream/tickets', { query: QUESTION, top_k: 2, retrieval: { strategy: 'bm25' } });
    expect([status, Object.keys(body)]).toEqual([201, ['ticket', 'expires_at']]);
    const path = `/query/stream?ticket=${encodeURIComponent(body.ticket)}`;
    const events = eventsOf(await read(await open('GET', path, {})));
    expect(events.at(-1)?.data).toMatchObject({ refused: false });
    const audited = await tenant.api.get(`/audit/${events[0]?.data.query_id}`);
    expect(audited.body.input).toMatchObject({ query: QUESTION, top_k: 2, strategy: 'bm25' });
    const again = await open('GET', path, {});
    expect([again.statusCode, JSON.parse(await read(again))]).toMatchObject([401, { code: 'unauthenticated' }]);
  });

  describe('by a ticket', () => {
    let own: TestTenant;
    beforeEach(async () => {
      own = await newTenant(aegis.app);
    });
    const settings = (changed: object) => administratorOf(aegis.app).patch(`/admin/tenants/${own.id}`, { settings: changed });
    const ticket = async () => encodeURIComponent((await own.api.post('/query/stream/tickets', { query: QUESTION })).body.ticket);
    /** The status, and the code of what was refused. */
    const redeem = async (given: string, more = ''): Promise<readonly [number | undefined, string | undefined]> => {
      const response = await open('GET', `/query/stream?ticket=${given}${more}`, {});
      const text = await read(response);
      return [response.statusCode, response.statusCode === 200 ? undefined : (JSON.parse(text) as Wire).code];
    };
    /** Every place of the tenant is taken until the returned function is called. */
    function crowd(): () => void {
      const permits = aegis.app.get(QueryPermits);
      const leave = new AbortController();
      const left = new Promise((resolve) => leave.signal.addEventListener('abort', resolve));
      for (let place = 0; place < 16; place++) {
        const staying = permits.streaming(TenantId.parse(own.id), new AbortController().signal, async function* () {
          yield await left;
        });
        void staying.next().then(() => staying.return());
      }
      return () => leave.abort();
    }

    it('that was answered 429 open a moment later', async () => {
      own = await newTenant(aegis.app, { settings: { rate_limit_rps: 0.1 } });
      const given = await ticket();
      expect(await redeem(given)).toEqual([429, 'rate_limited']);
      expect(await redeem(given)).toEqual([429, 'rate_limited']);
      await settings({ rate_limit_rps: 1_000 });
      expect(await redeem(given)).toEqual([200, undefined]);
      expect(await redeem(given)).toEqual([401, 'unauthenticated']);
    });

    it('that found the hour’s tokens used up open when there are more', async () => {
      own = await newTenant(aegis.app, { settings: { tokens_per_hour: 1 } });
      await own.api.post('/search', { query: QUESTION }); // the last one that is admitted
      const given = await ticket();
      expect(await redeem(given)).toEqual([429, 'token_rate_limited']);
      await settings({ tokens_per_hour: null });
      let last = await redeem(given);
      for (const end = Date.now() + 8_000; last[0] === 429 && Date.now() < end; last = await redeem(given)) {
        await new Promise((resolve) => setTimeout(resolve, 100)); // settings are known everywhere after 5 seconds
      }
      expect(last).toEqual([200, undefined]);
      expect((await redeem(given))[0]).toBe(401);
    });

    it('that found no place open when there is one', async () => {
      const given = await ticket();
      const end = crowd();
      expect(await redeem(given)).toEqual([503, 'overloaded']);
      end();
      expect(await redeem(given)).toEqual([200, undefined]);
      expect((await redeem(given))[0]).toBe(401);
    });

    it('that was sent with a parameter that is not known open without it, and so does one of a tenant that was resumed', async () => {
      const given = await ticket();
      expect(await redeem(given, '&more=1')).toEqual([400, 'validation_failed']);
      const tenantIs = (is_active: boolean) => administratorOf(aegis.app).patch(`/admin/tenants/${own.id}`, { is_active });
      await tenantIs(false);
      expect(await redeem(given)).toEqual([403, 'tenant_suspended']);
      await tenantIs(true);
      expect(await redeem(given)).toEqual([200, undefined]);
    });

    it('whose client left before the first word open when it comes again', async () => {
      const given = await ticket();
      const end = crowd();
      const left = request({ port, host: '127.0.0.1', path: `/query/stream?ticket=${given}` });
      left.on('error', () => undefined);
      left.end();
      await new Promise((resolve) => setTimeout(resolve, 300));
      left.destroy();
      end();
      // Whoever left is noticed in a moment, and the ticket is given back then.
      let again = await redeem(given);
      for (const late = Date.now() + 10_000; again[0] === 401 && Date.now() < late; again = await redeem(given)) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(again).toEqual([200, undefined]);
    });

    it('of many at the same moment open one', async () => {
      const given = await ticket();
      const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await redeem(given))[0]));
      expect(statuses.sort()).toEqual([200, 401, 401, 401, 401, 401, 401, 401]);
    });
  });

  it('do not open by the ticket of a tenant that was suspended, or of a key that was revoked, meanwhile', async () => {
    const other = await newTenant(aegis.app);
    const admin = administratorOf(aegis.app);
    const issued = await admin.post(`/admin/tenants/${other.id}/api-keys`, { name: 'browser', scopes: ['query'] });
    const tickets = await Promise.all(
      [other.api, new ApiClient(aegis.app, issued.body.key)].map((api) => api.post('/query/stream/tickets', { query: QUESTION })),
    );
    const openWith = async (ticket: string) => JSON.parse(await read(await open('GET', `/query/stream?ticket=${ticket}`, {})));
    await admin.delete(`/admin/tenants/${other.id}/api-keys/${issued.body.id}`);
    expect(await openWith(tickets[1]!.body.ticket)).toMatchObject({ status: 401, code: 'unauthenticated' });
    await admin.patch(`/admin/tenants/${other.id}`, { is_active: false });
    expect(await openWith(tickets[0]!.body.ticket)).toMatchObject({ status: 403, code: 'tenant_suspended' });
  });

  it.each(['', '?ticket=', '?ticket=abc', '?ticket=a.b&ticket=c.d'])('refuse a stream without a good ticket: %s', async (query) => {
    const response = await open('GET', `/v1/query/stream${query}`, {});
    expect(JSON.parse(await read(response))).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it('give no ticket for a query that cannot be asked', async () => {
    expect((await tenant.api.post('/query/stream/tickets', { query: '' })).status).toBe(400);
  });
});

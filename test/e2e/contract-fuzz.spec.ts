import { ADMIN_KEY, startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, newTenant, strangerOf, type TestTenant } from '../support/api-client';
import { faultsOf, type HttpAnswer } from '../support/contract/answer-check';
import { describedOperations, type Operation } from '../support/contract/api-description';
import { Creations } from '../support/contract/creations';
import { urlOf, type HttpRequest } from '../support/contract/http-request';
import { KINDS, RequestCases } from '../support/contract/request-cases';

/** `CONTRACT_CASES=3000` for the full run, `CONTRACT_SEED` for other cases than those of every run, `CONTRACT_ONLY` looks at one operation. */
const CASES = Number(process.env['CONTRACT_CASES'] ?? 420);
const SEED = Number(process.env['CONTRACT_SEED'] ?? 20_261_121);
const ONLY = process.env['CONTRACT_ONLY'];
const SCOPES = ['documents:read', 'documents:write', 'query', 'usage:read', 'audit:read'];
/** Further rounds for operations that were never served. */
const MORE = 20;
const PATIENCE_MS = 60_000 + CASES * 500;

/** P35: everything here follows from the document that the server publishes; a route that is added comes in by itself. */
describe('P35 the contract', () => {
  const operations = describedOperations();
  const creations = new Creations();
  let aegis: RunningAegis;
  let tenant: TestTenant;
  let requests = 0;

  beforeAll(async () => {
    aegis = await startAegis();
    tenant = await newTenant(aegis.app, { monthly_quota_usd: 1_000_000 });
    await rememberFailedJob();
  });
  afterAll(() => aegis.close());

  /** Work that fails is nothing that a request could ask for: retried, it fails again, and can be retried again. */
  async function rememberFailedJob(): Promise<void> {
    await tenant.api.ingest('깨진 문서.pdf', '%PDF-1.7');
    const { body } = await administratorOf(aegis.app).get(`/admin/jobs?state=failed&tenant_id=${tenant.id}`);
    const list = operations.find(({ name }) => name === 'GET /v1/admin/jobs');
    if (list === undefined) throw new Error('there is no list of jobs');
    creations.remember(list, {}, {}, { id: body.data[0]?.id });
  }

  async function send(request: HttpRequest): Promise<HttpAnswer> {
    requests += 1;
    const answer = await aegis.app.inject({
      method: request.method as 'GET',
      url: urlOf(request),
      headers: request.headers,
      remoteAddress: `127.${(requests >> 8) % 256}.${requests % 256}.1`, // wrong keys are counted by address
      ...(request.payload === null ? {} : { payload: request.payload }),
    });
    return { status: answer.statusCode, headers: answer.headers, text: answer.body };
  }

  it('describes the routes that there are', async () => {
    const { paths } = JSON.parse((await strangerOf(aegis.app).get('/openapi.json')).text) as { paths: Record<string, object> };
    const served = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.map(({ name }) => name).sort()).toEqual(served.sort());
  });

  it(
    `holds in ${CASES} cases from seed ${SEED}`,
    async () => {
      const cases = new RequestCases(operations, creations, { tenant: tenant.key, administrator: ADMIN_KEY });
      const chosen = operations.filter(({ name }) => ONLY === undefined || name === ONLY).sort(creatorsFirst);
      const served = new Set<string>();
      const faults: string[] = [];
      const tryOut = async (at: number, operation: Operation, kind: (typeof KINDS)[number]) => {
        const request = cases.next(operation, kind, SEED + at);
        const answer = await send(request);
        if (answer.status < 400 && request.expected.kind === 'served') {
          served.add(operation.name);
          if (String(answer.headers['content-type']).includes('json')) remember(request, answer);
        }
        const label = `#${at} ${operation.name} [${request.what}]`;
        faults.push(...faultsOf(operation, request.expected, answer).map((fault) => `${label} ${fault}`));
      };
      for (let at = 0; at < CASES; at++) {
        const operation = chosen[at % chosen.length];
        const round = Math.floor(at / chosen.length);
        const kind = KINDS[round === 0 ? 0 : (round + at) % KINDS.length];
        if (operation === undefined || kind === undefined) throw new Error('there is no operation');
        await tryOut(at, operation, kind);
      }
      // What has meanings that a schema cannot tell, such as the name of a model, is right by chance only, and what it is done to may be gone.
      const never = () => chosen.filter(({ name }) => !served.has(name));
      for (let more = 0; more < MORE && never().length > 0; more++) {
        const missing = new Set(never());
        for (const operation of chosen) {
          if (operation.method === 'POST' || missing.has(operation)) await tryOut(CASES + more, operation, 'served');
        }
      }
      expect(faults).toEqual([]);
      // Whatever was never served was not tried at all.
      expect(never().map(({ name }) => name)).toEqual([]);
    },
    PATIENCE_MS,
  );

  function remember({ operation, pathValues, query }: HttpRequest, { text }: HttpAnswer): void {
    creations.remember(operation, pathValues, Object.fromEntries(query), JSON.parse(text));
  }

  it('takes no field that is not described, in any object of any body', async () => {
    const cases = new RequestCases(operations, creations, { tenant: tenant.key, administrator: ADMIN_KEY });
    const faults: string[] = [];
    let tried = 0;
    for (const operation of operations.filter(({ body }) => body !== null)) {
      const places = [SEED, SEED + 1_000].flatMap((seed) => cases.unknownFields(operation, seed));
      if (places.length === 0) faults.push(`${operation.name} says of no object that it takes nothing more`);
      for (const request of places) {
        tried += 1;
        const answer = await send(request);
        faults.push(...faultsOf(operation, request.expected, answer).map((fault) => `${operation.name} [${request.what}] ${fault}`));
      }
    }
    expect(faults).toEqual([]);
    expect(tried).toBeGreaterThan(20);
  });

  it('gives each scope its own operations: of keys with one scope, one is let in', async () => {
    const issue = async (scope: string) => {
      const { body } = await administratorOf(aegis.app).post(`/admin/tenants/${tenant.id}/api-keys`, { name: scope, scopes: [scope] });
      return body.key;
    };
    const keys = await Promise.all(SCOPES.map(issue));
    const cases = new RequestCases(operations, creations, { tenant: tenant.key, administrator: ADMIN_KEY });
    for (const operation of operations.filter(({ credential }) => credential === 'tenant')) {
      const request = cases.next(operation, 'served', SEED);
      const refusals: boolean[] = [];
      for (const key of keys) {
        const { status, text } = await send({ ...request, payload: null, headers: { authorization: `Bearer ${key}` } });
        refusals.push(status === 403 && (JSON.parse(text) as { code: string }).code === 'insufficient_scope');
      }
      expect([operation.name, refusals.filter(Boolean).length]).toEqual([operation.name, SCOPES.length - 1]);
    }
  });

  it('forgets what was deleted: 404 follows', async () => {
    const cases = new RequestCases(operations, creations, { tenant: tenant.key, administrator: ADMIN_KEY });
    const has = (method: string, path: string) => operations.find((one) => one.method === method && one.path === path);
    const pairs = operations.flatMap((deletion) => {
      const [reading, creation] = [has('GET', deletion.path), has('POST', deletion.path.replace(/\/\{\w+\}$/, ''))];
      return deletion.method === 'DELETE' && reading && creation ? [{ deletion, reading, creation }] : [];
    });
    expect(pairs.length).toBeGreaterThan(0);
    for (const { deletion, reading, creation } of pairs) {
      const { id } = await created(cases, creation);
      const name = /\{(\w+)\}$/.exec(deletion.path)?.[1] ?? '';
      const of = (operation: Operation) => ({ ...cases.next(operation, 'served', SEED), query: [], pathValues: { [name]: id } });
      const before = await send(of(reading));
      const deleted = await send({ ...of(deletion), headers: { authorization: of(deletion).headers['authorization'] ?? '' } });
      expect([deletion.name, before.status, Math.floor(deleted.status / 100)]).toEqual([deletion.name, 200, 2]);
      await expect(ending(() => send(of(reading)))).resolves.toBe(404);
    }
  });

  async function created(cases: RequestCases, creation: Operation): Promise<{ readonly id: string }> {
    for (let seed = SEED; seed < SEED + 10; seed++) {
      const { status, text } = await send(cases.next(creation, 'served', seed));
      if (status < 300) return JSON.parse(text) as { id: string };
    }
    throw new Error(`${creation.name} creates nothing`);
  }

  /** The status, once it is no 200 any more: an erasure takes its time. */
  async function ending(ask: () => Promise<HttpAnswer>): Promise<number> {
    const deadline = Date.now() + 50_000;
    for (;;) {
      const { status } = await ask();
      if (status !== 200 || Date.now() > deadline) return status;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it('leaves the prototypes of the process as they were', () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

/** Collections before what is in them, so that there is something to ask for. */
const creatorsFirst = (one: Operation, other: Operation): number => rankOf(one) - rankOf(other);
const rankOf = ({ method, path }: Operation): number =>
  (method === 'POST' ? 0 : 100) + path.split('{').length + (method === 'DELETE' ? 100 : 0);

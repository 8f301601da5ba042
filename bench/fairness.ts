import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Crowd } from './fairness/crowd';

/**
 * What a tenant feels of another's flood, over HTTP, against a server that runs: first 200 queries at once, again and again, then many
 * documents. The flood comes from a process of its own. Start the server with RATE_LIMIT_RPS=10000, so that the flood is not refused
 * before it is one. Rounds are short and alone and beside take turns, because one slow moment of the machine moves the p95 of a round by half;
 * what counts is the ratio over all rounds. Arguments: address, administrator's key, seconds of a measurement (4), documents of the flood (300), rounds (12),
 * requests a second that the flooding tenant may make (10000, so that nothing is refused for its rate; the default of a deployment is 10), milliseconds from one
 * crowd to the next (1000; with 0 the flood takes a processor for itself, and on a small machine that one is missing to the server).
 */
const CROWD = 200;
const UNLIMITED = 10_000;
const QUERIES = [
  '연차 휴가는 며칠인가요?',
  '출장비 정산은 언제까지 하나요?',
  'How long is the warranty?',
  '2023년 3분기 매출은 얼마인가요?',
];

interface Tenant {
  readonly id: string;
  readonly key: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Seconds after which to ask again. */
  readonly retryAfter: number;
}

async function call(url: string, key: string, method: string, path: string, body?: object | FormData): Promise<Answer> {
  const isForm = body instanceof FormData;
  const response = await fetch(`${url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(isForm ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json(), retryAfter: Number(response.headers.get('retry-after') ?? 1) };
}

async function newTenant(url: string, adminKey: string, name: string): Promise<Tenant> {
  const { body } = await call(url, adminKey, 'POST', '/admin/tenants', { name, settings: { rate_limit_rps: UNLIMITED } });
  const { id, api_key: apiKey } = body as { id: string; api_key: { key: string } };
  return { id, key: apiKey.key };
}

async function limit(url: string, adminKey: string, { id }: Tenant, requestsPerSecond: number): Promise<void> {
  const { status } = await call(url, adminKey, 'PATCH', `/admin/tenants/${id}`, { settings: { rate_limit_rps: requestsPerSecond } });
  if (status !== 200) throw new Error(`the change of the limit was answered ${status}`);
}

async function upload(url: string, { key }: Tenant, name: string): Promise<string> {
  const paragraphs = QUERIES.map(
    (query, index) => `## ${query}\n\n${name} ${index}: ${'이 문서는 취업규칙과 휴가, 출장비와 매출을 설명한다. '.repeat(8)}`,
  );
  const form = new FormData();
  form.append('file', new Blob([paragraphs.join('\n\n')]), `${name}.md`);
  for (;;) {
    const { status, body, retryAfter } = await call(url, key, 'POST', '/documents', form);
    if (status === 202) return (body as { id: string }).id;
    // A limit that was raised is heard of within seconds.
    if (status !== 429) throw new Error(`the upload was answered ${status}: ${JSON.stringify(body)}`);
    await sleep(retryAfter * 1_000);
  }
}

async function completed(url: string, { key }: Tenant, id: string): Promise<void> {
  for (;;) {
    const { body } = await call(url, key, 'GET', `/documents/${id}`);
    const { status } = body as { status: string };
    if (status === 'completed') return;
    if (status === 'failed') throw new Error(JSON.stringify(body));
    await sleep(50);
  }
}

let asked = 0;
/** No question comes twice: what is remembered would cost neither side anything. */
const nextQuestion = (): string => `${QUERIES[asked % QUERIES.length] ?? ''} ${process.pid}-${(asked += 1)}`;
const search = (url: string, key: string) => call(url, key, 'POST', '/search', { query: nextQuestion() });

/** Milliseconds of searches one after another. */
async function latencies(url: string, { key }: Tenant, seconds: number): Promise<number[]> {
  const all: number[] = [];
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) {
    const before = performance.now();
    const { status } = await search(url, key);
    if (status !== 200) throw new Error(`the quiet tenant was answered ${status}`);
    all.push(performance.now() - before);
    await sleep(20); // a person, not a second flood
  }
  return all;
}

function at(all: readonly number[], share: number): number {
  const sorted = [...all].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function compared(alone: readonly number[], beside: readonly number[]): string {
  const line = (name: string, all: readonly number[]) =>
    `${name}: n ${all.length}, p50 ${at(all, 0.5).toFixed(1)} ms, p95 ${at(all, 0.95).toFixed(1)} ms`;
  const ratio = (at(beside, 0.95) / at(alone, 0.95)).toFixed(2);
  return `${line('alone', alone)}; ${line('beside the flood', beside)}; p95 ratio ${ratio}`;
}

/** In a process of its own, until it is killed: a crowd each `pauseMs`, or when the last one was answered; tells how. */
async function flood(url: string, key: string, pauseMs: number): Promise<never> {
  const crowd = await Crowd.of(CROWD, new URL(url));
  for (;;) {
    const pause = new Promise((resolve) => setTimeout(resolve, pauseMs));
    const bodies = Array.from({ length: CROWD }, () => JSON.stringify({ query: nextQuestion() }));
    const statuses: Record<string, number> = {};
    for (const status of await crowd.ask('/v1/search', key, bodies)) statuses[status] = (statuses[status] ?? 0) + 1;
    process.send?.(statuses);
    await pause;
  }
}

async function measure(
  url: string,
  adminKey: string,
  seconds: number,
  documents: number,
  rounds: number,
  requestsPerSecond: number,
  pauseMs: number,
): Promise<void> {
  const [noisy, quiet] = [await newTenant(url, adminKey, 'noisy'), await newTenant(url, adminKey, 'quiet')];
  for (const tenant of [noisy, quiet]) {
    const ids = await Promise.all(Array.from({ length: 20 }, (_, number) => upload(url, tenant, `문서 ${number}`)));
    for (const id of ids) await completed(url, tenant, id);
  }
  await latencies(url, quiet, 2); // warm
  await limit(url, adminKey, noisy, requestsPerSecond);
  const [aloneAll, besideAll]: [number[], number[]] = [[], []];
  for (let round = 1; round <= rounds; round++) {
    const alone = await latencies(url, quiet, seconds);
    const child = fork(__filename, ['flood', url, noisy.key, String(pauseMs)]);
    const statuses: Record<string, number> = {};
    child.on('message', (counted: Record<string, number>) => {
      for (const [status, count] of Object.entries(counted)) statuses[status] = (statuses[status] ?? 0) + count;
    });
    await sleep(500);
    const beside = await latencies(url, quiet, seconds);
    child.kill('SIGKILL');
    await once(child, 'exit');
    console.log(`round ${round}: ${compared(alone, beside)}; flood ${JSON.stringify(statuses)}`);
    aloneAll.push(...alone);
    besideAll.push(...beside);
    await sleep(2_500);
  }
  console.log(`all rounds: ${compared(aloneAll, besideAll)}`);
  await limit(url, adminKey, noisy, UNLIMITED);
  for (let number = 0; number < documents; number += 10) {
    await Promise.all(Array.from({ length: Math.min(10, documents - number) }, (_, index) => upload(url, noisy, `홍수 ${number + index}`)));
  }
  const before = performance.now();
  const id = await upload(url, quiet, '급한 문서');
  await completed(url, quiet, id);
  const ownSeconds = ((performance.now() - before) / 1_000).toFixed(1);
  const besideDocuments = documents === 0 ? [] : await latencies(url, quiet, 2 * seconds);
  const { body } = await call(url, noisy.key, 'GET', '/documents?status=processing&limit=100');
  const left = (body as { data: unknown[] }).data.length;
  console.log(
    `ingestion: ${documents} documents of the other before it, own document completed after ${ownSeconds} s; searches ${compared(aloneAll, besideDocuments)}; at least ${left} of the others still waited then`,
  );
}

const [first = '', ...rest] = process.argv.slice(2);
if (first === 'flood') void flood(rest[0] ?? '', rest[1] ?? '', Number(rest[2]));
else {
  const [seconds = 4, documents = 300, rounds = 12, requestsPerSecond = UNLIMITED, pauseMs = 1_000] = rest.slice(1).map(Number);
  void measure(first, rest[0] ?? '', seconds, documents, rounds, requestsPerSecond, pauseMs);
}

import { loadavg } from 'node:os';
import { percentile } from '../../scripts/eval-retrieval/row-figures';
import { seededRandom } from '../../scripts/retrieval-quality/seeded-random';
import { Client, type Answer } from './client';
import { closedLoop, openLoop, type Seen } from './load';

const REMEMBERED_QUESTIONS = 40;
/** Of the remembered ones, where 148 tenants are asked in turn. */
const QUESTIONS_OF_EACH = 10;

const WARM_UP_SECONDS = 5;
const WARM_UP_CALLERS = 4;

const VECTORS_ALONE = { retrieval: { strategy: 'vector', rerank: false } };
const VECTORS = 'vector, no second look';

export interface AskedTenant {
  readonly name: string;
  readonly key: string;
}

/** Milliseconds of processor time that the database has used for us so far. */
export type DatabaseMs = () => Promise<number>;

export interface Plan {
  readonly seconds: number;
  readonly callers: number;
  readonly perSecond: number;
}

export function printHead(): void {
  console.log(`Load average before: ${loadavg()[0]?.toFixed(1) ?? '?'}`);
  console.log('| what | answered | /s | p50 ms | p95 ms | p99 ms | CPU-ms of the server each | of the database | refused |');
  console.log('|---|---|---|---|---|---|---|---|---|');
}

/** Processor seconds that the server's process has used. */
async function serverSeconds(url: string): Promise<number> {
  const text = await (await fetch(`${url}/v1/metrics`)).text();
  return Number(/^process_cpu_seconds_total(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1] ?? NaN);
}

async function measured(url: string, name: string, load: () => Promise<Seen>, databaseMs?: DatabaseMs): Promise<Seen> {
  const before = [await serverSeconds(url), (await databaseMs?.()) ?? NaN] as const;
  const seen = await load();
  const count = seen.latencies.length;
  const each = (ms: number): string => (Number.isNaN(ms) ? '' : (ms / Math.max(1, count)).toFixed(1));
  const cpu = [each(((await serverSeconds(url)) - before[0]) * 1_000), each(((await databaseMs?.()) ?? NaN) - before[1])];
  const at = (share: number): string => percentile(seen.latencies, share).toFixed(1);
  const figures = [count, (count / seen.seconds).toFixed(0), at(0.5), at(0.95), at(0.99), ...cpu, JSON.stringify(seen.others)];
  console.log(`| ${[name, ...figures].join(' | ')} |`);
  return seen;
}

type Question = (number: number) => Promise<Answer>;

const statusOf =
  (question: Question) =>
  async (number: number): Promise<number> =>
    (await question(number)).status;

const questionOf = (questions: readonly string[], number: number): string => questions[number % questions.length] ?? '';

/** The vector search of AEGIS without AEGIS: see floor-server.ts. */
export async function measureFloor(
  url: string,
  { name, key }: AskedTenant,
  questions: readonly string[],
  { seconds, callers }: Plan,
  databaseMs: DatabaseMs,
): Promise<void> {
  const client = new Client(url, key, callers);
  const ask = (number: number): Promise<Answer> =>
    client.call('POST', '/search', { query: questionOf(questions, number % REMEMBERED_QUESTIONS) });
  await remembered(REMEMBERED_QUESTIONS, ask);
  await measured(
    url,
    `${name}: floor, node:http and pg, ${callers} callers`,
    () => closedLoop(statusOf(ask), callers, seconds),
    databaseMs,
  );
  client.close();
}

/**
 * A line for each of three loads: vectors alone, and the default configuration with questions whose vectors are remembered and with new ones.
 * Answers what was seen of the last.
 */
export async function measureTenant(
  url: string,
  { name, key }: AskedTenant,
  questions: readonly string[],
  plan: Plan,
  databaseMs?: DatabaseMs,
): Promise<Seen> {
  const { seconds, callers, perSecond } = plan;
  const client = new Client(url, key, 2_000);
  const ask = (body: object): Promise<Answer> => client.call('POST', '/search', body);
  const vectorOnly = (number: number): Promise<Answer> =>
    ask({ query: questionOf(questions, number % REMEMBERED_QUESTIONS), ...VECTORS_ALONE });
  const rememberedQuestion = (number: number): Promise<Answer> => ask({ query: questionOf(questions, number % REMEMBERED_QUESTIONS) });
  const newQuestion = (number: number): Promise<Answer> => ask({ query: `${questionOf(questions, number)} ${process.pid}-${number}` });
  await remembered(REMEMBERED_QUESTIONS, vectorOnly, rememberedQuestion);
  const arriving = (question: Question) => () => openLoop(statusOf(question), perSecond, seconds, seededRandom('search-endpoint'));
  await measured(url, `${name}: ${VECTORS}, ${callers} callers`, () => closedLoop(statusOf(vectorOnly), callers, seconds), databaseMs);
  await measured(url, `${name}: default, remembered questions, ${perSecond}/s`, arriving(rememberedQuestion), databaseMs);
  const seen = await measured(url, `${name}: default, new questions, ${perSecond}/s`, arriving(newQuestion), databaseMs);
  client.close();
  return seen;
}

/** Vectors alone, each question of another tenant than the one before: every tenant is asked as often as any other. */
export async function measureTenants(
  url: string,
  tenants: readonly AskedTenant[],
  questions: readonly string[],
  { seconds, callers }: Plan,
  databaseMs: DatabaseMs,
): Promise<void> {
  const sockets = new Client(url, '', callers);
  const clients = tenants.map(({ key }) => new Client(url, key, sockets));
  const ask = (number: number): Promise<Answer> => {
    const client = clients[number % clients.length] ?? sockets;
    return client.call('POST', '/search', { query: questionOf(questions, number % REMEMBERED_QUESTIONS), ...VECTORS_ALONE });
  };
  await remembered(clients.length * QUESTIONS_OF_EACH, ask);
  const name = `${tenants.length} tenants in turn: ${VECTORS}, ${callers} callers`;
  await measured(url, name, () => closedLoop(statusOf(ask), callers, seconds), databaseMs);
  sockets.close();
}

/**
 * Asks each of them twice: vectors, words and texts are remembered then, and results must not be. Then goes on for a while: what a process does
 * for the first time takes it twice as long.
 */
async function remembered(count: number, ...questions: readonly Question[]): Promise<void> {
  for (const question of questions) {
    for (let number = 0; number < 2 * count; number++) {
      const { cache } = (await question(number)).body as { cache?: string };
      if (cache === 'hit') throw new Error('the server remembers results: start it with RESULT_CACHE_MB=0');
    }
    await closedLoop(statusOf(question), WARM_UP_CALLERS, WARM_UP_SECONDS);
  }
}

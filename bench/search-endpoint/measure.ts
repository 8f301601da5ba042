import { loadavg } from 'node:os';
import { percentile } from '../../scripts/eval-retrieval/row-figures';
import { seededRandom } from '../../scripts/retrieval-quality/seeded-random';
import { Client } from './client';
import { closedLoop, openLoop, type Seen } from './load';

const REMEMBERED_QUESTIONS = 40;

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
  const ask = async (number: number): Promise<number> =>
    (await client.call('POST', '/search', { query: questionOf(questions, number % REMEMBERED_QUESTIONS) })).status;
  for (let number = 0; number < REMEMBERED_QUESTIONS * 2; number++) await ask(number);
  await measured(url, `${name}: floor, node:http and pg, ${callers} callers`, () => closedLoop(ask, callers, seconds), databaseMs);
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
  const caches = new Set<unknown>();
  const ask = async (body: object): Promise<number> => {
    const answer = await client.call('POST', '/search', body);
    caches.add((answer.body as { cache?: string }).cache);
    return answer.status;
  };
  const vectorOnly = (number: number): Promise<number> =>
    ask({ query: questionOf(questions, number % REMEMBERED_QUESTIONS), retrieval: { strategy: 'vector', rerank: false } });
  const rememberedQuestion = (number: number): Promise<number> => ask({ query: questionOf(questions, number % REMEMBERED_QUESTIONS) });
  const newQuestion = (number: number): Promise<number> => ask({ query: `${questionOf(questions, number)} ${process.pid}-${number}` });
  for (let number = 0; number < REMEMBERED_QUESTIONS * 2; number++) await vectorOnly(number);
  for (let number = 0; number < REMEMBERED_QUESTIONS * 2; number++) await rememberedQuestion(number);
  const arriving = (question: (number: number) => Promise<number>) => () =>
    openLoop(question, perSecond, seconds, seededRandom('search-endpoint'));
  await measured(url, `${name}: vector, no second look, ${callers} callers`, () => closedLoop(vectorOnly, callers, seconds), databaseMs);
  await measured(url, `${name}: default, remembered questions, ${perSecond}/s`, arriving(rememberedQuestion), databaseMs);
  const seen = await measured(url, `${name}: default, new questions, ${perSecond}/s`, arriving(newQuestion), databaseMs);
  client.close();
  if (caches.has('hit')) throw new Error('the server remembers results: start it with RESULT_CACHE_MB=0');
  return seen;
}

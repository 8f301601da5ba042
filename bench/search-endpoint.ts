import { fork, type ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import { readJudgedSet } from '../scripts/retrieval-quality/judged-set';
import { isQuiet } from './quiet';
import { Client } from './search-endpoint/client';
import { databaseTime } from './search-endpoint/database-time';
import { measureFloor, measureTenant, measureTenants, printHead, type AskedTenant } from './search-endpoint/measure';

/**
 * What `POST /search` takes over HTTP, against a server that runs with RESULT_CACHE_MB=0 (what is remembered is not searched), a high
 * RATE_LIMIT_RPS and free models: the most that callers who never stop get with `strategy: vector, rerank: false` and questions whose
 * vectors are remembered, and the latency of the default configuration at a steady rate, with the same questions and with a new one each time.
 * Every search is recorded and audited before it is answered. The tenant has passages of an evaluation set; where the database holds the reference set of `bench/vector-search`,
 * its largest tenant and a small one are asked too, and all its tenants in turn. Beside each, the same statement without AEGIS around it.
 *
 * Needs the database's addresses in the environment. Arguments: address, administrator's key, seconds of a measurement (10), callers (16),
 * questions a second of the open loop (60), evaluation folder (../shared/eval), passages (1000).
 */
const SET = 'ko-korquad';
const REFERENCE_TENANT = /^vector-search (\d+) #\d+$/;
/** These are asked by themselves, too. */
const SINGLE = ['vector-search 40000 #0', 'vector-search 250 #0'];
const RATE_LIMIT = 10_000;

interface BenchTenant extends AskedTenant {
  readonly id: string;
  readonly chunks: number;
}

async function newTenant(administrator: Client, name: string): Promise<Omit<BenchTenant, 'chunks'>> {
  const { status, body } = await administrator.call('POST', '/admin/tenants', { name, settings: { rate_limit_rps: RATE_LIMIT } });
  if (status !== 201) throw new Error(`the new tenant was answered ${status}: ${JSON.stringify(body)}`);
  const { id, api_key: made } = body as { id: string; api_key: { key: string } };
  return { name, id, key: made.key };
}

/** Those of the reference set that are there, each with a new key. */
async function referenceTenants(administrator: Client): Promise<readonly BenchTenant[]> {
  const found: BenchTenant[] = [];
  for (let cursor: string | null = null; ;) {
    const page = await administrator.call('GET', `/admin/tenants?limit=100${cursor === null ? '' : `&cursor=${cursor}`}`);
    const { data, next_cursor: next } = page.body as { data: { id: string; name: string }[]; next_cursor: string | null };
    for (const { id, name } of data) {
      const chunks = REFERENCE_TENANT.exec(name)?.[1];
      if (chunks === undefined) continue;
      const made = await administrator.call('POST', `/admin/tenants/${id}/api-keys`, { name: 'bench', scopes: ['query'] });
      found.push({ name, id, chunks: Number(chunks), key: (made.body as { key: string }).key });
    }
    if (next === null) return found;
    cursor = next;
  }
}

async function fill(client: Client, passages: readonly string[]): Promise<void> {
  for (const [number, passage] of passages.entries()) {
    const { status, body } = await client.upload(`${number}.txt`, passage);
    if (status !== 202) throw new Error(`an upload was answered ${status}: ${JSON.stringify(body)}`);
  }
  for (;;) {
    const { body } = await client.call('GET', '/documents?status=completed&limit=1');
    const waiting = await Promise.all(
      ['pending', 'processing'].map(async (status) => (await client.call('GET', `/documents?status=${status}&limit=1`)).body),
    );
    const isDone = [...waiting].every((page) => (page as { data: unknown[] }).data.length === 0);
    if (isDone && (body as { data: unknown[] }).data.length > 0) return;
    await new Promise((wait) => setTimeout(wait, 500));
  }
}

/** A server of its own: `process` counts what is spent in it. */
async function floorServer(): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = fork(join(__dirname, 'search-endpoint', 'floor-server.js'));
  const url = await new Promise<string>((started, failed) => {
    child.once('message', (address) => started(address as string));
    child.once('exit', (code) => failed(new Error(`the floor ended with ${code}`)));
  });
  return { child, url };
}

async function main(): Promise<void> {
  const [url = '', adminKey = '', seconds = '10', callers = '16', perSecond = '60', folder = '../shared/eval', passages = '1000'] =
    process.argv.slice(2);
  const set = readJudgedSet(resolve(folder), SET);
  const administrator = new Client(url, adminKey, 4);
  const own = await newTenant(administrator, `search-endpoint ${SET} ${new Date().toISOString()}`);
  const texts = [...[...set.corpora.values()].flat(), ...set.distractors].map(({ text }) => text).slice(0, Number(passages));
  await fill(new Client(url, own.key, 4), texts);
  const reference = await referenceTenants(administrator);
  const single = reference.filter(({ name }) => SINGLE.includes(name));
  // Ours last: the worker still tidies up after its uploads.
  const tenants = [...single, { ...own, name: `${texts.length} passages`, chunks: texts.length }];
  const [floor, database] = [await floorServer(), await databaseTime()];
  await isQuiet(); // what was loaded has its own load
  printHead();
  const questions = set.questions.map(({ text }) => text);
  const plan = { seconds: Number(seconds), callers: Number(callers), perSecond: Number(perSecond) };
  for (const tenant of tenants) {
    await measureTenant(url, tenant, questions, plan, database.usedMs);
    await measureFloor(floor.url, { name: tenant.name, key: `${tenant.id} ${tenant.chunks}` }, questions, plan, database.usedMs);
  }
  if (reference.length > 0) await measureTenants(url, reference, questions, plan, database.usedMs);
  floor.child.disconnect();
  await database.close();
  administrator.close();
}

void main();

import { resolve } from 'node:path';
import { readJudgedSet } from '../scripts/retrieval-quality/judged-set';
import { isQuiet } from './quiet';
import { Client } from './search-endpoint/client';
import { measureTenant, printHead, type AskedTenant } from './search-endpoint/measure';

/**
 * What `POST /search` takes over HTTP, against a server that runs with RESULT_CACHE_MB=0 (what is remembered is not searched), a high
 * RATE_LIMIT_RPS and free models: the most that callers who never stop get with `strategy: vector, rerank: false` and questions whose
 * vectors are remembered, and the latency of the default configuration with a new question each time. Every search is recorded and audited
 * before it is answered. The tenant has passages of an evaluation set; where the database holds the reference set of `bench/vector-search`,
 * its largest tenant and a small one are asked too.
 *
 * Arguments: address, administrator's key, seconds of a measurement (10), callers (16), questions a second of the open loop (60),
 * evaluation folder (../shared/eval), passages (1000).
 */
const SET = 'ko-korquad';
const REFERENCE_TENANTS = ['vector-search 40000 #0', 'vector-search 250 #0'];
const RATE_LIMIT = 10_000;

async function newTenant(administrator: Client, name: string): Promise<AskedTenant> {
  const { status, body } = await administrator.call('POST', '/admin/tenants', { name, settings: { rate_limit_rps: RATE_LIMIT } });
  if (status !== 201) throw new Error(`the new tenant was answered ${status}: ${JSON.stringify(body)}`);
  return { name, key: (body as { api_key: { key: string } }).api_key.key };
}

/** Those of the reference set that are there, each with a new key. */
async function referenceTenants(administrator: Client): Promise<readonly AskedTenant[]> {
  const found: AskedTenant[] = [];
  for (let cursor: string | null = null; ;) {
    const page = await administrator.call('GET', `/admin/tenants?limit=100${cursor === null ? '' : `&cursor=${cursor}`}`);
    const { data, next_cursor: next } = page.body as { data: { id: string; name: string }[]; next_cursor: string | null };
    for (const { id, name } of data.filter((tenant) => REFERENCE_TENANTS.includes(tenant.name))) {
      const made = await administrator.call('POST', `/admin/tenants/${id}/api-keys`, { name: 'bench', scopes: ['query'] });
      found.push({ name, key: (made.body as { key: string }).key });
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

async function main(): Promise<void> {
  const [url = '', adminKey = '', seconds = '10', callers = '16', perSecond = '60', folder = '../shared/eval', passages = '1000'] =
    process.argv.slice(2);
  const set = readJudgedSet(resolve(folder), SET);
  const administrator = new Client(url, adminKey, 4);
  const own = await newTenant(administrator, `search-endpoint ${SET} ${new Date().toISOString()}`);
  const texts = [...[...set.corpora.values()].flat(), ...set.distractors].map(({ text }) => text).slice(0, Number(passages));
  await fill(new Client(url, own.key, 4), texts);
  const tenants = [{ ...own, name: `${texts.length} passages` }, ...(await referenceTenants(administrator))];
  await isQuiet(); // what was loaded has its own load
  printHead();
  const questions = set.questions.map(({ text }) => text);
  const plan = { seconds: Number(seconds), callers: Number(callers), perSecond: Number(perSecond) };
  for (const tenant of tenants) await measureTenant(url, tenant, questions, plan);
  administrator.close();
}

void main();

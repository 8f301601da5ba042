import { randomInt } from 'node:crypto';
import { ApiKeyText, BASE62, SECRET_LENGTH } from '@aegis/domain/shared/api-key-text';
import type { Check, Finding, Target } from '../check';
import { ask, strangersAddress } from './requests';
import { withTenants, type ThrowawayTenant } from './throwaway-tenant';

const ROUNDS = 4;
/** So low that they refuse nothing, and such that one is never another's: what a query was answered with is kept with it. */
const THRESHOLDS = [0.00112, 0.00223];
const PREFIX = 'ag_live_';

/** P5 CACHE-1: what a process remembers of one tenant, and of one key, is found by nobody else. */
export const cacheScope: Check = {
  name: 'cache-scope',
  claim:
    'Settings, vectors, results, terms and texts that the process remembers are the asking tenant’s own, and a key that it remembers is found by the ' +
    'whole key only.',
  cannotRun: () => null,
  run: (target) =>
    withTenants(target, async (tenants) => {
      const findings = [
        ...(await settingsOfAnother(target, tenants)),
        ...(await questionsOfAnother(tenants)),
        ...(await keysOfAnother(target, tenants[1])),
      ];
      return { cases: ROUNDS * tenants.length * 5, findings, figures: { rounds: ROUNDS } };
    }),
};

/** Both ask in turns, sooner than anything is forgotten. */
async function settingsOfAnother(target: Target, tenants: readonly ThrowawayTenant[]): Promise<readonly Finding[]> {
  for (const [index, { id }] of tenants.entries()) {
    const body = { settings: { min_confidence: THRESHOLDS[index] } };
    await ask(target, { method: 'PATCH', path: `/v1/admin/tenants/${id}`, key: target.administrator, body });
  }
  const findings: Finding[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [index, tenant] of tenants.entries()) {
      const asked = await tenant.post('/v1/query', { query: '연차는 며칠인가요?' });
      const { text } = await tenant.get(`/v1/audit/${String(asked.body['query_id'])}`);
      const used = /"min_confidence":([\d.]+)/.exec(text)?.[1];
      if (used !== String(THRESHOLDS[index]))
        findings.push({ what: 'a query was answered with other settings than its tenant’s', detail: `round ${round}: ${String(used)}` });
    }
  }
  return findings;
}

/** Both have one document of the same name, so their states have the same number, and ask in the same words. */
async function questionsOfAnother(tenants: readonly [ThrowawayTenant, ThrowawayTenant]): Promise<readonly Finding[]> {
  for (const tenant of tenants) await tenant.ingest('금고.md', `# ${tenant.canary}\n\n금고의 책임 한도는 5억 원이다.\n`);
  const findings: Finding[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const query = `금고의 책임 한도는 얼마인가요? ${randomInt(1_000_000_000)}`;
    for (const [index, tenant] of tenants.entries()) {
      const before = await embeddedBy(tenant);
      const { text } = await tenant.post('/v1/search', { query });
      if (!text.includes(tenant.canary) || text.includes(tenants[1 - index]?.canary ?? ''))
        findings.push({ what: 'a search was answered with what another tenant found', detail: `round ${round}` });
      // Only words: a vector finds the document wherever the words are looked for.
      const { text: byWords } = await tenant.post('/v1/search', { query, retrieval: { strategy: 'bm25', rerank: false } });
      if (!byWords.includes(tenant.canary))
        findings.push({ what: 'words were looked for where another tenant has them', detail: `round ${round}` });
      if ((await embeddedBy(tenant)) === before)
        findings.push({ what: 'a question was known because another tenant had asked it', detail: `round ${round}` });
    }
  }
  return findings;
}

/** Tokens of questions and documents so far. */
async function embeddedBy(tenant: ThrowawayTenant): Promise<string | undefined> {
  return /"embedding":(\d+)/.exec((await tenant.get('/v1/usage')).text)?.[1];
}

/** Keys with the public part of one that was used a moment ago, and another secret or another kind. */
async function keysOfAnother(target: Target, { key, ...theirs }: ThrowawayTenant): Promise<readonly Finding[]> {
  const lookupId = ApiKeyText.lookupId(key as ApiKeyText);
  const secret = key.slice(PREFIX.length + lookupId.length).slice(0, SECRET_LENGTH);
  const other = Array.from({ length: SECRET_LENGTH }, () => BASE62.charAt(randomInt(BASE62.length))).join('');
  const findings: Finding[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    for (const forged of [ApiKeyText.compose('live', lookupId, other), ApiKeyText.compose('test', lookupId, secret)]) {
      const used = await ask(target, { method: 'GET', path: '/v1/usage', key });
      const { status } = await ask(target, { method: 'GET', path: '/v1/usage', key: forged, ...strangersAddress(target) });
      if (used.status !== 200)
        findings.push({ what: 'a true key was refused', detail: `${theirs.id}: ${used.status}: nothing was proved` });
      if (status !== 401) findings.push({ what: 'a key with the public part of another was let in', detail: `round ${round}: ${status}` });
    }
  }
  return findings;
}

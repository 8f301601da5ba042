import { randomInt, randomUUID } from 'node:crypto';
import { ApiKeyText, BASE62, LOOKUP_ID_LENGTH, SECRET_LENGTH } from '@aegis/domain/shared/api-key-text';
import type { Check, Finding, Target } from '../check';
import { compareSamples, median } from './kolmogorov-smirnov';
import { ask, type Reply } from './requests';
import { withTenants, type ThrowawayTenant } from './throwaway-tenant';

export interface TimingOptions {
  /** Of each of the two, interleaved. */
  readonly samples: number;
  /** A difference counts only when it shows in every round: a busy machine makes one now and then. */
  readonly rounds: number;
}

/** Two requests that must not be told apart: by time, size, headers or content. */
export interface Pair {
  readonly name: string;
  readonly one: () => Promise<Reply>;
  readonly other: () => Promise<Reply>;
}

export const TOLD_BY_ANSWER = 'told apart by the answer';

const LEAST_P = 0.01;
const MOST_MS = 0.5;
const WARM_UP = 10;

/** Another value in every answer; must be there in both or in neither. */
const VOLATILE = ['x-request-id', 'date', 'ratelimit', 'ratelimit-policy', 'retry-after'];
/** Of the connection, which serves so many requests and then another: not of the answer. */
const HOP_BY_HOP = ['connection', 'keep-alive'];

/** What tells two answers apart; empty when nothing does. */
function differences(one: Reply, other: Reply): readonly string[] {
  const names = new Set([...Object.keys(one.headers), ...Object.keys(other.headers)].filter((name) => !HOP_BY_HOP.includes(name)));
  const inHeaders = [...names].filter((name) =>
    VOLATILE.includes(name) ? name in one.headers !== name in other.headers : String(one.headers[name]) !== String(other.headers[name]),
  );
  return [
    ...(one.status === other.status ? [] : [`status ${one.status} and ${other.status}`]),
    ...inHeaders.map((name) => `${name}: ${String(one.headers[name])} and ${String(other.headers[name])}`),
    ...(withoutId(one) === withoutId(other) ? [] : [`${withoutId(one)} and ${withoutId(other)}`]),
  ];
}

const withoutId = ({ headers, text }: Reply): string => text.replaceAll(String(headers['x-request-id'] ?? '\0'), '…');

export interface PairResult {
  readonly finding: Finding | null;
  /** Of the best round. */
  readonly p: number;
  readonly medianGapMs: number;
}

export async function comparePair({ name, one, other }: Pair, { samples, rounds }: TimingOptions): Promise<PairResult> {
  let best = { p: -1, medianGapMs: Infinity };
  for (let round = 1; round <= rounds; round++) {
    const times: readonly [number[], number[]] = [[], []];
    for (let index = -WARM_UP; index < samples; index++) {
      // Whoever goes second finds warmer caches: the order is drawn each time.
      const first = randomInt(2);
      const replies = first === 0 ? [await one(), await other()] : [await other(), await one()];
      const [ofOne, ofOther] = first === 0 ? replies : replies.reverse();
      if (ofOne === undefined || ofOther === undefined) throw new Error('no answer');
      const apart = differences(ofOne, ofOther);
      if (apart.length > 0) return { finding: { what: `${name}: ${TOLD_BY_ANSWER}`, detail: apart.join('; ') }, p: 0, medianGapMs: 0 };
      if (index >= 0) [ofOne.tookMs, ofOther.tookMs].forEach((took, side) => times[side === 0 ? 0 : 1].push(took));
    }
    const { p } = compareSamples(...times);
    const medianGapMs = Math.abs(median(times[0]) - median(times[1]));
    if (p > best.p) best = { p, medianGapMs };
    if (p > LEAST_P && medianGapMs < MOST_MS) return { finding: null, p, medianGapMs };
  }
  const detail = `in each of ${rounds} rounds; best: p ${best.p.toExponential(2)}, medians ${best.medianGapMs.toFixed(3)} ms apart`;
  return { finding: { what: `${name}: told apart by time`, detail }, ...best };
}

const randomText = (length: number): string => Array.from({ length }, () => BASE62.charAt(randomInt(BASE62.length))).join('');

/** Other loopback addresses for a server on ours: a limit of one address is not met. A far server is asked from where we are. */
function addresses(target: Target): () => string | undefined {
  if (!['127.0.0.1', 'localhost'].includes(new URL(target.url).hostname)) return () => undefined;
  let count = 0;
  return () => {
    count += 1;
    return `127.${100 + Math.floor(count / 250_000)}.${Math.floor(count / 1_000) % 250}.${2 + (Math.floor(count / 20) % 50)}`;
  };
}

async function pairsOf(target: Target, mine: ThrowawayTenant, theirs: ThrowawayTenant): Promise<readonly Pair[]> {
  const about = { title: theirs.canary };
  const document = await theirs.ingest('연차 규정.md', `# ${theirs.canary}\n\n연차는 15일이다. Annual leave is 15 days.\n`, about);
  await theirs.ingest('비밀 계약서.md', `# ${theirs.canary}\n\n책임 한도는 5억 원이다.\n`, about);
  await mine.ingest('연차 규정.md', '# 연차\n\n연차는 15일이다. Annual leave is 15 days.\n', { title: mine.canary });
  const query = String((await theirs.post('/v1/query', { query: '연차는 며칠인가요?', min_confidence: 0 })).body['query_id']);
  const byId = (name: string, method: string, path: (id: string) => string, theirId: string, nobodys: string, key = mine.key): Pair => ({
    name,
    one: () => ask(target, { method, path: path(theirId), key }),
    other: () => ask(target, { method, path: path(nobodys), key }),
  });
  const issued = await ask(target, {
    method: 'POST',
    path: `/v1/admin/tenants/${mine.id}/api-keys`,
    key: target.administrator,
    body: { name: 'administrator', scopes: ['admin'] },
  });
  const administrator = String(issued.body['key']);
  const from = addresses(target);
  const withKey = (key: () => string) => () => ask(target, { method: 'GET', path: '/v1/documents', key: key(), ...fromOf(from()) });
  const theirLookupId = ApiKeyText.lookupId(theirs.key as ApiKeyText);
  return [
    byId('GET /documents/{id}', 'GET', (id) => `/v1/documents/${id}`, document, randomUUID()),
    byId('GET /documents/{id}/content', 'GET', (id) => `/v1/documents/${id}/content`, document, randomUUID()),
    byId('GET /documents/{id}/chunks', 'GET', (id) => `/v1/documents/${id}/chunks`, document, randomUUID()),
    byId('DELETE /documents/{id}', 'DELETE', (id) => `/v1/documents/${id}`, document, randomUUID()),
    byId(
      'GET /documents/{filename}/versions',
      'GET',
      (name) => `/v1/documents/${encodeURIComponent(name)}/versions`,
      '비밀 계약서.md',
      '없는 계약서.md',
    ),
    byId('GET /audit/{query_id}', 'GET', (id) => `/v1/audit/${id}`, query, randomUUID()),
    byId(
      'GET /admin/tenants/{id} as another’s administrator',
      'GET',
      (id) => `/v1/admin/tenants/${id}`,
      theirs.id,
      randomUUID(),
      administrator,
    ),
    {
      name: 'an unknown key and a known one with a wrong secret',
      one: withKey(() => ApiKeyText.compose('live', theirLookupId, randomText(SECRET_LENGTH))),
      other: withKey(() => ApiKeyText.compose('live', randomText(LOOKUP_ID_LENGTH), randomText(SECRET_LENGTH))),
    },
  ];
}

const fromOf = (address: string | undefined) => (address === undefined ? {} : { from: address });

/** P4 SIDE-1. `test` figures are the probability of the null hypothesis, `gap` those of the medians. */
export const timingWith = (options: TimingOptions): Check => ({
  name: 'timing',
  claim: `What is another's and what never was are answered alike: same bytes and headers, and in ${options.samples} interleaved samples no difference of time (Kolmogorov-Smirnov p > ${LEAST_P}, medians less than ${MOST_MS} ms apart).`,
  cannotRun: () => null,
  run: (target) =>
    withTenants(target, async ([mine, theirs]) => {
      const findings: Finding[] = [];
      const figures: Record<string, number | string> = { samples: options.samples, rounds_at_most: options.rounds };
      const pairs = await pairsOf(target, mine, theirs);
      for (const pair of pairs) {
        const { finding, p, medianGapMs } = await comparePair(pair, options);
        if (finding !== null) findings.push(finding);
        figures[`${pair.name}: p`] = Number(p.toPrecision(3));
        figures[`${pair.name}: medians apart, ms`] = Number(medianGapMs.toFixed(3));
      }
      return { cases: pairs.length * options.samples, findings, figures };
    }),
});

export const timing = timingWith({ samples: 400, rounds: 3 });

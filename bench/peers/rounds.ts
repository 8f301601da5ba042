import { seededRandom } from '../../scripts/retrieval-quality/seeded-random';
import type { Asked, RoundResult } from './peer';
import type { PeerProcess } from './peer-process';
import type { FiledSet, FiledTenant } from './reference-files';

export interface Plan {
  readonly rounds: number;
  /** Of each size of tenant, in each round. */
  readonly queries: number;
  readonly k: number;
}

/** What one candidate answered in one round to the questions of tenants of one size. */
export interface Heard {
  readonly chunks: number;
  readonly asked: readonly Asked[];
  readonly result: RoundResult;
}

/** Several tenants of a size, so that one that is easy does not stand for all; the same ones for everybody. */
const MOST_TENANTS = 5;
const WARM_UP = 10;

/** Sizes from the largest to the smallest. */
export const sizesOf = ({ tenants }: FiledSet): readonly number[] =>
  [...new Set(tenants.map(({ chunks }) => chunks))].sort((a, b) => b - a);

export const measuredTenants = ({ tenants }: FiledSet, chunks: number): readonly FiledTenant[] =>
  tenants.filter((tenant) => tenant.chunks === chunks).slice(0, MOST_TENANTS);

/**
 * A B C, then A B C again: a candidate's rounds are spread over the whole run, so that a bad minute of the machine falls on all. All are asked
 * the same, and first other questions that do not count. Text is searched for in one tenant of each size, which has it.
 */
export async function runRounds(processes: readonly PeerProcess[], set: FiledSet, plan: Plan): Promise<ReadonlyMap<PeerProcess, Heard[]>> {
  const heard = new Map<PeerProcess, Heard[]>(processes.map((each) => [each, []]));
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const chunks of sizesOf(set)) {
      const tenants = measuredTenants(set, chunks);
      for (const each of processes) {
        const among = each.candidate.leg === 'text' ? tenants.slice(0, 1) : tenants;
        const asked = questions(set, among, plan.queries, `round ${round} ${chunks}`);
        const warmUp = questions(set, among, WARM_UP, `warm-up ${round} ${chunks}`);
        heard.get(each)?.push({ chunks, asked, result: await each.round({ asked, warmUp, k: plan.k }) });
      }
    }
    process.stderr.write(`round ${round + 1} of ${plan.rounds}\n`);
  }
  return heard;
}

function questions(set: FiledSet, tenants: readonly FiledTenant[], count: number, seed: string): Asked[] {
  const random = seededRandom(`peers ${seed}`);
  return Array.from({ length: count }, (_, at) => ({
    tenant: tenants[at % tenants.length]?.name ?? '',
    query: Math.floor(random() * set.queries.length),
  }));
}

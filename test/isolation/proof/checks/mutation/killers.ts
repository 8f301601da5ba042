import type { CheckResult, Target } from '../../check';
import { fuzz } from '../../fuzz/fuzz';
import { cacheScope } from '../cache-scope';
import { injectionWith } from '../injection';
import { jobScope } from '../job-scope';
import { lint } from '../lint';
import { poolStormWith } from '../pool-storm';
import { rateScope } from '../rate-scope';
import { attack, openScene } from '../raw-attack';
import type { Scene } from '../raw/scene';
import { storedFiles } from '../stored-files';
import { ticketScope } from '../ticket-scope';
import { TOLD_BY_ANSWER, timingWith } from '../timing';
import { ThrowawayTenant } from '../throwaway-tenant';
import type { Killer } from './mutant';

/** Operations by which a table shows; with few of them a short sequence finds much. */
const TOUCHING: Readonly<Record<string, readonly string[] | undefined>> = {
  'fuzz of everything': undefined,
  'fuzz of documents': [
    'GET /v1/documents',
    'GET /v1/documents/{id}',
    'GET /v1/documents/{id}/content',
    'GET /v1/documents/{filename}/versions',
  ],
  'fuzz of chunks': ['GET /v1/documents/{id}/chunks'],
  'fuzz of embeddings': ['POST /v1/search', 'POST /v1/query'],
  'fuzz of postings': ['POST /v1/search', 'POST /v1/query'],
  'fuzz of queries': ['GET /v1/audit/{query_id}', 'POST /v1/query'],
  'fuzz of usage_records': ['GET /v1/usage', 'GET /v1/usage/records', 'POST /v1/query'],
  'fuzz of cursors': ['GET /v1/documents', 'GET /v1/usage/records'],
  'fuzz of idempotency keys': ['POST /v1/search', 'POST /v1/query', 'POST /v1/query/stream/tickets'],
  'fuzz of settings': ['POST /v1/query', 'GET /v1/audit/{query_id}'],
  'fuzz of jobs': ['POST /v1/documents', 'GET /v1/documents/{id}'],
  'fuzz of tickets': ['POST /v1/query/stream/tickets', 'GET /v1/query/stream'],
};

/** The bytes of the answers alone: so few samples say nothing of time. */
async function alikeInBytes(target: Target): Promise<CheckResult> {
  const result = await timingWith({ samples: 3, rounds: 1 }).run(target);
  return { ...result, findings: result.findings.filter(({ what }) => what.endsWith(TOLD_BY_ANSWER)) };
}

/** The checks that mutants are tried against, small enough to be run dozens of times. */
export class Killers {
  private readonly killers = new Map<string, Killer>();

  private constructor(
    scene: Scene,
    private readonly tenants: readonly ThrowawayTenant[],
    seed: number,
  ) {
    this.killers.set('catalogue-lint', (target) => lint.run(target));
    this.killers.set('stored-files', (target) => storedFiles.run(target));
    for (const scope of [rateScope, cacheScope, jobScope, ticketScope]) this.killers.set(scope.name, (target) => scope.run(target));
    this.killers.set('injection of documents', (target) =>
      injectionWith({ stride: 24, operations: ['GET /v1/documents', 'GET /v1/documents/{filename}/versions'] }).run(target),
    );
    this.killers.set('pool-storm', (target) =>
      poolStormWith({ durationMs: 2_000, tenants: 4, concurrent: 12, killEveryMs: 500 }).run(target),
    );
    this.killers.set('timing', alikeInBytes);
    this.killers.set('raw-attack', async () => ({ cases: scene.cases, findings: await attack(scene), figures: {} }));
    for (const [name, operations] of Object.entries(TOUCHING)) {
      this.killers.set(name, (target) =>
        fuzz(target, {
          ...{ seed, sequences: 12, length: { min: 40, max: 60 }, stopAtFirst: true },
          ...(operations !== undefined && { operations }),
        }),
      );
    }
  }

  static async open(target: Target, seed: number): Promise<Killers> {
    const [mine, theirs] = [await ThrowawayTenant.create(target), await ThrowawayTenant.create(target)];
    return new Killers(await openScene(target, mine, theirs), [mine, theirs], seed);
  }

  run(name: string, target: Target): Promise<CheckResult> {
    const killer = this.killers.get(name);
    if (killer === undefined) throw new Error(`there is no check ${name}`);
    return killer(target);
  }

  async close(): Promise<void> {
    for (const tenant of this.tenants) await tenant.remove();
  }
}

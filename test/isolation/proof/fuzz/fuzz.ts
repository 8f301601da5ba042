import fc from 'fast-check';
import type { Check, CheckResult, Finding, Target } from '../check';
import { get, HttpClient, isLoopback } from './http-client';
import type { Operation } from './operation';
import { OPERATIONS } from './operations';
import { aTwin, type Deployed } from './prepare';
import { bodyOf, difference, Sequence, settled, type Field, type Told } from './sequence';
import { sequenceOf, type Length, type Step } from './step';
import { StoredState } from './stored';
import { newCanary, type Twin } from './twin';

export interface FuzzOptions {
  readonly sequences: number;
  readonly seed: number;
  /** Steps of a sequence. */
  readonly length?: Length;
  /** Only these of the document's operations, as `GET /v1/documents/{id}`; all of them when it is not given. */
  readonly operations?: readonly string[];
  /** Ends with the first violation, and does not look for a shorter sequence: enough where one is expected. */
  readonly stopAtFirst?: boolean;
  /** Only the sequence at this place of the seed's, as a finding names it. */
  readonly path?: number;
  /** Sequences at once. */
  readonly concurrency?: number;
  readonly say?: (line: string) => void;
}

const LENGTH: Length = { min: 30, max: 60 };
const SHRINK_MS = 60_000;

/** Two-tenant fuzz (P1 ISO-1) of every operation of the target's OpenAPI document; no finding means that nothing was seen of the other tenant. */
export async function fuzz(target: Target, options: FuzzOptions): Promise<CheckResult> {
  const run = await FuzzRun.open(target, options);
  try {
    return await run.result();
  } finally {
    run.close();
  }
}

export const fuzzCheck = (options: FuzzOptions): Check => ({
  name: 'fuzz',
  claim:
    'Two tenants with twin data use every operation in every mixture, and neither reads, changes, counts or infers anything of the other.',
  cannotRun: () => null,
  run: (target) => fuzz(target, options),
});

/** What of the OpenAPI document has no generator: nothing may. */
export const withoutGenerator = (operations: Iterable<string>): readonly string[] =>
  [...operations].filter((name) => OPERATIONS[name] === undefined);

class FuzzRun {
  private readonly findings: Finding[] = [];
  private readonly clients: HttpClient[] = [];
  private done = 0;
  private steps = 0;
  private replayed = 0;
  private canaries: string[] = [];

  private constructor(
    private readonly options: FuzzOptions,
    private readonly field: Field,
    private readonly operations: ReadonlySet<string>,
  ) {}

  static async open(target: Target, options: FuzzOptions): Promise<FuzzRun> {
    const operations = await operationsOf(target);
    const missing = withoutGenerator(operations);
    if (missing.length > 0) throw new Error(`the fuzz has no generator for ${missing.join(', ')}`);
    const names = [...operations].filter((name) => options.operations?.includes(name) ?? true);
    if (names.length === 0) throw new Error('there is no operation to fuzz');
    const deck = names.flatMap((name) => copies(name, OPERATIONS[name] as Operation)); // all are there, as asked above
    const tally = { requests: 0, comparisons: 0, snapshots: 0, asked: new Map(), succeeded: new Map() };
    return new FuzzRun(options, { target, stored: await StoredState.of(target), deck, tally }, operations);
  }

  async result(): Promise<CheckResult> {
    const { sequences, seed, concurrency = 2, path } = this.options;
    const startedAt = performance.now();
    const drawn = fc.sample(this.arbitrary(), { seed, numRuns: path === undefined ? sequences : path + 1 });
    const places = path === undefined ? drawn.map((_, place) => place) : [path];
    const next = places.values();
    const worker = async () => {
      for (const place of next) {
        if (this.findings.length > 0 && this.options.stopAtFirst === true) return;
        await this.one(place, drawn[place] ?? []);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    await this.lookIntoTheLog();
    return { cases: this.steps, findings: this.findings, figures: this.figures(performance.now() - startedAt) };
  }

  close(): void {
    for (const client of this.clients) client.close();
  }

  private arbitrary(): fc.Arbitrary<readonly Step[]> {
    return sequenceOf(this.options.length ?? LENGTH);
  }

  private async one(place: number, steps: readonly Step[]): Promise<void> {
    const found = await this.violations(steps, place);
    this.done += 1;
    this.steps += steps.length;
    if (this.done % 10 === 0)
      this.options.say?.(`fuzz: ${this.done} sequences, ${this.field.tally.requests} requests, ${this.findings.length} violations`);
    if (found.length === 0) return;
    const where = `seed ${this.options.seed}, path ${place}`;
    this.options.say?.(`fuzz: ${found[0]?.what ?? ''} (${where}): ${found[0]?.detail ?? ''}`);
    const shorter = this.options.stopAtFirst === true ? '' : await this.shortest(place);
    this.findings.push(...found.map(({ what, detail }) => ({ what, detail: `${detail} [${where}]${shorter}` })));
  }

  /** Everything that was wrong with one sequence, on tenants of its own. */
  private async violations(steps: readonly Step[], place: number): Promise<readonly Finding[]> {
    const deployed = this.deployed(place);
    const salt = `${this.options.seed}:${place}`;
    const canaries = [newCanary(), newCanary()] as const;
    this.canaries.push(...canaries);
    // Which of the two replays its steps alone: in turns. Its double has its canary, and so exactly its texts.
    const replays = place % 2 === 0 ? 0 : 1;
    const prepared = (name: string, canary: string) =>
      aTwin(name, deployed, (twin) => settled(this.field.stored, twin, deployed.http), canary);
    const [a, b, again] = await Promise.all([
      prepared('A', canaries[0]),
      prepared('B', canaries[1]),
      prepared('the double', canaries[replays]),
    ]);
    const together = new Sequence(this.field, deployed.http, salt);
    await together.run(steps, [a, b]);
    if (together.findings.length > 0) return this.narrowed(together.findings, steps, place, deployed);
    const alone = new Sequence(this.field, deployed.http, salt);
    await alone.replay(steps, replays, again);
    return [...alone.findings, ...this.unlike(together.told.get([a, b][replays] as Twin) ?? [], alone.told.get(again) ?? [])];
  }

  /** A change of the other's rows is seen where the actors change: a second run looks after every step, and names the first that is guilty. */
  private async narrowed(
    found: readonly Finding[],
    steps: readonly Step[],
    place: number,
    deployed: Deployed,
  ): Promise<readonly Finding[]> {
    if (!found.some(({ what }) => what.includes('changed by')) || this.options.stopAtFirst === true) return found;
    const prepared = (name: string) => aTwin(name, deployed, (twin) => settled(this.field.stored, twin, deployed.http));
    const once = new Sequence(this.field, deployed.http, `${this.options.seed}:${place}`, true);
    await once.run(steps, [await prepared('A'), await prepared('B')]);
    return once.findings.length > 0 ? once.findings : found;
  }

  /** The answers of a tenant with a twin beside it, and of one without: the same, but for ids and times. */
  private unlike(together: readonly Told[], alone: readonly Told[]): readonly Finding[] {
    this.replayed += alone.length;
    const at = together.findIndex(({ answer }, index) => answer !== alone[index]?.answer);
    const [one, two] = [together[at], alone[at]];
    if (one === undefined && together.length === alone.length) return [];
    const detail = `${one?.what ?? ''}, step ${one?.step ?? ''}: ${difference(one?.answer ?? '', two?.answer ?? '')}`;
    return [{ what: 'answers depend on whether the other tenant has data', detail }];
  }

  /** Lets fast-check look for a shorter sequence that fails too, for a while. */
  private async shortest(place: number): Promise<string> {
    const property = fc.asyncProperty(this.arbitrary(), async (steps) => (await this.violations(steps, place)).length === 0);
    const { counterexample, counterexamplePath } = await fc.check(property, {
      ...{ seed: this.options.seed, path: String(place), interruptAfterTimeLimit: SHRINK_MS, markInterruptAsFailure: false },
    });
    const names = (counterexample?.[0] ?? []).map((step) => new Sequence(this.field, this.deployed(place).http, '').nameOf(step));
    return names.length === 0 ? '' : ` shrunk to ${names.length} steps (${counterexamplePath ?? ''}): ${names.join(' → ')}`;
  }

  private deployed(place: number): Deployed {
    const { target } = this.field;
    const client = new HttpClient(
      target.url,
      isLoopback(target.url) ? `127.0.${1 + (Math.floor(place / 250) % 250)}.${1 + (place % 250)}` : null,
    );
    this.clients.push(client);
    return { http: client, administrator: target.administrator, operations: this.operations };
  }

  /** No line may hold a text of a tenant, nor name one tenant together with a thing of another. */
  private async lookIntoTheLog(): Promise<void> {
    const { sinks } = this.field.target;
    if (sinks === null) return;
    const log = await sinks.processLog();
    for (const canary of this.canaries) {
      if (log.includes(canary)) this.findings.push({ what: 'a log line holds text of a tenant', detail: `canary ${canary}` });
    }
  }

  private figures(milliseconds: number): CheckResult['figures'] {
    const { requests, comparisons, snapshots, asked, succeeded } = this.field.tally;
    const names = [...asked.keys()];
    return {
      ...{ seed: this.options.seed, sequences: this.done, steps: this.steps, requests, compared_with_random_ids: comparisons },
      ...{
        looks_at_stored_rows: snapshots,
        tables_looked_at: this.field.stored?.tables.length ?? 0,
        answers_replayed_alone: this.replayed,
      },
      ...{ operations: new Set(this.field.deck.map(([name]) => name)).size, operations_asked: names.length },
      operations_that_never_succeeded: names.filter((name) => !succeeded.has(name)).sort().join(', ') || 'none', // prettier-ignore
      ...{ seconds: Math.round(milliseconds / 100) / 10, sequences_per_minute: Math.round((this.done / milliseconds) * 600_000) / 10 },
    };
  }
}

/** As often in the deck as its weight says; a weight is a multiple of a half. */
const copies = (name: string, operation: Operation): (readonly [string, Operation])[] =>
  Array.from({ length: operation.weight * 2 }, () => [name, operation] as const);

async function operationsOf(target: Target): Promise<ReadonlySet<string>> {
  const client = new HttpClient(target.url, null);
  const { paths } = bodyOf(await client.send(get('/openapi.json'), null)) as { paths: Record<string, Record<string, unknown>> };
  client.close();
  return new Set(
    Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)),
  );
}

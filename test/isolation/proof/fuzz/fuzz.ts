import fc from 'fast-check';
import type { Check, CheckResult, Finding, Target } from '../check';
import { get, HttpClient, isLoopback } from './http-client';
import type { Operation } from './operation';
import { OPERATIONS } from './operations';
import { aTwin, removeTwin, type Deployed, type Person } from './prepare';
import { bodyOf, difference, Sequence, settled, type Field, type Told } from './sequence';
import { Tally } from './tally';
import { sequenceOf, type Length, type Step } from './step';
import { changes, StoredState, Unfinished } from './stored';
import { misattributions } from './log-lines';
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
  /** Sequences that follow each other on the same tenants: saves preparing them, where sequences are short. */
  readonly sharing?: number;
  /** Sequences at once. */
  readonly concurrency?: number;
  readonly say?: (line: string) => void;
}

const LENGTH: Length = { min: 30, max: 60 };
const SHRINK_MS = 60_000;
/** Of so many sequences one ends with the deletion of a tenant. */
const DELETES_EVERY = 8;
/** From so many steps on every operation must have been served once: some need things to come together. */
const ENOUGH_STEPS = 3_000;
const DELETION = 'DELETE /v1/admin/tenants/{id}';

/** Two-tenant fuzz (P1 ISO-1) of every operation of the target's OpenAPI document; no finding means that nothing was seen of the other tenant. */
export async function fuzz(target: Target, options: FuzzOptions): Promise<CheckResult> {
  const run = await FuzzRun.open(target, options);
  try {
    return await run.result();
  } finally {
    await run.close();
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
  private readonly twins: Twin[] = [];
  private pair: Promise<readonly [Twin, Twin]> | null = null;
  private done = 0;
  private steps = 0;
  private replayed = 0;

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
    return new FuzzRun(options, { target, stored: await StoredState.of(target), deck, tally: new Tally() }, operations);
  }

  async result(): Promise<CheckResult> {
    const { sequences, seed, path } = this.options;
    const startedAt = performance.now();
    const drawn = fc.sample(this.arbitrary(), { seed, numRuns: path === undefined ? sequences : path + 1 });
    const { sharing = 1 } = this.options;
    const firsts = drawn.flatMap((_, place) => (place % sharing === 0 ? [place] : []));
    const next = (path === undefined ? firsts : firsts.slice(-1)).values();
    const worker = async () => {
      for (const place of next) {
        if (this.findings.length > 0 && this.options.stopAtFirst === true) return;
        const group = drawn.slice(place, place + sharing);
        await this.one(place, group.flat());
        this.done += group.length - 1;
      }
    };
    await Promise.all(Array.from({ length: this.isLive ? 1 : (this.options.concurrency ?? 2) }, worker));
    await this.lookIntoTheLog();
    this.lookForWhatNeverSucceeded();
    return { cases: this.steps, findings: this.findings, figures: this.figures(performance.now() - startedAt) };
  }

  async close(): Promise<void> {
    if (this.pair !== null) for (const twin of await this.pair) await removeTwin(twin, this.deployed(0));
    for (const client of this.clients) client.close();
  }

  /** Somebody else's deployment gets two tenants, which all sequences share; the proof's own gets new ones for each. */
  private get isLive(): boolean {
    return this.field.target.sinks === null;
  }

  private arbitrary(): fc.Arbitrary<readonly Step[]> {
    return sequenceOf(this.options.length ?? LENGTH);
  }

  private async one(place: number, steps: readonly Step[]): Promise<void> {
    const found = await this.seenOf(steps, place);
    this.done += 1;
    this.steps += steps.length;
    const { say, seed, stopAtFirst } = this.options;
    if (this.done % 10 === 0)
      say?.(`fuzz: ${this.done} sequences, ${this.field.tally.requests} requests, ${this.findings.length} violations`);
    if (found.length === 0) return;
    const where = `seed ${seed}, path ${place}`;
    say?.(`fuzz: ${found[0]?.what ?? ''} (${where}): ${found[0]?.detail ?? ''}`);
    const shorter = stopAtFirst === true || this.isLive ? '' : await this.shortest(steps, place);
    this.findings.push(...found.map(({ what, detail }) => ({ what, detail: `${detail} [${where}]${shorter}` })));
  }

  /** Work that stays undone is wrong too, wherever in the sequence it shows. */
  private async seenOf(steps: readonly Step[], place: number): Promise<readonly Finding[]> {
    try {
      return await this.violations(steps, place);
    } catch (error) {
      if (error instanceof Unfinished) return [{ what: 'what a tenant began does not come to its end', detail: error.message }];
      throw error;
    }
  }

  /** Everything that was wrong with one sequence. */
  private async violations(steps: readonly Step[], place: number): Promise<readonly Finding[]> {
    const deployed = this.deployed(place);
    const together = new Sequence(this.field, deployed.http, this.saltOf(place));
    if (this.isLive) {
      this.pair ??= this.twoTwins(deployed);
      await together.run(steps, await this.pair);
      return together.findings;
    }
    // Which of the two has its steps done once more by a double that is alone: in turns. The double has its canary, and so its very texts.
    const replays = place % 2 === 0 ? 0 : 1;
    const [canaries, clientIds] = [[newCanary(), newCanary()] as const, newCanary()];
    const [a, b, double] = await Promise.all([
      this.twin({ name: 'A', canary: canaries[0], clientIds }, deployed),
      this.twin({ name: 'B', canary: canaries[1], clientIds }, deployed),
      this.twin({ name: 'the double', canary: canaries[replays], clientIds: newCanary() }, deployed),
    ]);
    await together.run(steps, [a, b]);
    if (together.findings.length > 0) return this.narrowed(together.findings, steps, place, deployed);
    const alone = new Sequence(this.field, deployed.http, this.saltOf(place));
    await alone.replay(steps, replays, double);
    const unlike = this.unlike(together.told.get([a, b][replays] as Twin) ?? [], alone.told.get(double) ?? []);
    return [...alone.findings, ...unlike, ...(place % DELETES_EVERY === 0 ? await this.deletion(a, b, deployed) : [])];
  }

  /** A change of the other's rows is seen where the actors change: a second run looks after every step, and names the first that is guilty. */
  private async narrowed(
    found: readonly Finding[],
    steps: readonly Step[],
    place: number,
    deployed: Deployed,
  ): Promise<readonly Finding[]> {
    if (!found.some(({ what }) => what.includes('changed by')) || this.options.stopAtFirst === true) return found;
    const once = new Sequence(this.field, deployed.http, this.saltOf(place), true);
    await once.run(steps, await this.twoTwins(deployed));
    return once.findings.length > 0 ? once.findings : found;
  }

  /** The answers of a tenant with a twin beside it, and of one without: the same, but for ids and times. */
  private unlike(together: readonly Told[], alone: readonly Told[]): readonly Finding[] {
    this.replayed += alone.length;
    for (const [index, { what, step, answer }] of together.entries()) {
      const other = alone[index]?.answer ?? '';
      if (answer === other) continue;
      const detail = `${what}, step ${step}: ${difference(answer, other)}`;
      return [{ what: 'answers depend on whether the other tenant has data', detail }];
    }
    return together.length === alone.length ? [] : [{ what: 'the double was asked something else', detail: `${together.length} and ${alone.length} answers` }]; // prettier-ignore
  }

  /** The end of one tenant, and nothing of the other's. */
  private async deletion(gone: Twin, stays: Twin, deployed: Deployed): Promise<readonly Finding[]> {
    const { stored, tally } = this.field;
    if (!this.operations.has(DELETION) || stored === null) return [];
    const before = await stored.of(stays);
    const { status } = await removeTwin(gone, deployed);
    tally.count(DELETION, status);
    await stored.erased(gone.tenantId);
    const changed = changes(before, await stored.of(stays));
    return changed.length === 0 ? [] : [{ what: 'what is B\'s changed when A was deleted', detail: changed.join('; ') }]; // prettier-ignore
  }

  /** Takes steps out, many at first and then fewer, as long as what is left fails too, for a while. */
  private async shortest(steps: readonly Step[], place: number): Promise<string> {
    const until = Date.now() + SHRINK_MS;
    let rest = steps;
    for (let size = Math.ceil(rest.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from < rest.length && Date.now() < until;) {
        const fewer = [...rest.slice(0, from), ...rest.slice(from + size)];
        if ((await this.seenOf(fewer, place)).length > 0) rest = fewer;
        else from += size;
      }
    }
    const sequence = new Sequence(this.field, this.deployed(place).http, '');
    return ` fails with these ${rest.length} steps too: ${rest.map((step) => sequence.nameOf(step)).join(' → ')}`;
  }

  private twoTwins(deployed: Deployed): Promise<readonly [Twin, Twin]> {
    const clientIds = newCanary();
    return Promise.all([this.twin({ name: 'A', clientIds }, deployed), this.twin({ name: 'B', clientIds }, deployed)]);
  }

  private async twin(person: Person, deployed: Deployed): Promise<Twin> {
    this.field.tally.count('POST /v1/admin/tenants', 201);
    const twin = await aTwin(person, deployed, (one) => settled(this.field.stored, one, deployed.http));
    this.twins.push(twin);
    return twin;
  }

  private saltOf(place: number): string {
    return `${this.options.seed}:${place}`;
  }

  private deployed(place: number): Deployed {
    const { url, administrator } = this.field.target;
    const client = new HttpClient(url, isLoopback(url) ? `127.0.${1 + (Math.floor(place / 250) % 250)}.${1 + (place % 250)}` : null);
    this.clients.push(client);
    return { http: client, administrator, operations: this.operations };
  }

  private async lookIntoTheLog(): Promise<void> {
    const log = (await this.field.target.sinks?.processLog()) ?? '';
    const found = misattributions(log, this.twins);
    if (found.length > 0) this.findings.push({ what: 'log lines hold what they should not', detail: found.slice(0, 5).join('; ') });
  }

  /** What was only ever refused was not tried at all. Few steps cannot meet everything. */
  private lookForWhatNeverSucceeded(): void {
    const never = this.neverSucceeded();
    if (never.length === 0 || this.steps < ENOUGH_STEPS || this.isLive) return;
    this.findings.push({ what: 'operations were asked, but never did what they are for', detail: never.join(', ') });
  }

  private neverSucceeded(): readonly string[] {
    const { asked, succeeded } = this.field.tally;
    return [...asked.keys()].filter((name) => !succeeded.has(name)).sort();
  }

  private figures(milliseconds: number): CheckResult['figures'] {
    const { requests, comparisons, looks, asked } = this.field.tally;
    return {
      ...{ seed: this.options.seed, sequences: this.done, steps: this.steps, requests, compared_with_random_ids: comparisons },
      ...{ looks_at_stored_rows: looks, tables_looked_at: this.field.stored?.tables.length ?? 0, answers_replayed_alone: this.replayed },
      ...{ operations: new Set(this.field.deck.map(([name]) => name)).size, operations_asked: asked.size },
      operations_that_never_succeeded: this.neverSucceeded().join(', ') || 'none',
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

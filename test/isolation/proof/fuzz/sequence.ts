import type { Finding, Target } from '../check';
import type { Ask, HttpClient, Received } from './http-client';
import { leaksIn } from './leaks';
import { IdNumbers, idsIn, masked, withoutOrder } from './masks';
import { IDEMPOTENCY_KEY, type Operation, type Wire } from './operation';
import type { Credential, Step } from './step';
import { changes, readableOf, type Stored, type StoredState } from './stored';
import type { Tally } from './tally';
import type { Twin } from './twin';
import { Values } from './values';

/** What all sequences of a run share. */
export interface Field {
  readonly target: Target;
  readonly stored: StoredState | null;
  /** The operations that are drawn from, each as often as its weight says. */
  readonly deck: readonly (readonly [string, Operation])[];
  readonly tally: Tally;
}

/** What a step was answered, without what is new in each answer: the same in every tenant with the same history. */
export interface Told {
  readonly step: number;
  readonly what: string;
  readonly answer: string;
}

interface Asked {
  readonly ask: Ask;
  readonly strangers: readonly string[];
  readonly hasForeign: boolean;
}

/** A sequence of steps on two tenants, and everything that must hold after each. */
export class Sequence {
  readonly findings: Finding[] = [];
  readonly told = new Map<Twin, Told[]>();
  private readonly ids = new Map<Twin, IdNumbers>();

  constructor(
    private readonly field: Field,
    private readonly http: HttpClient,
    /** Makes random values repeatable. */
    private readonly salt: string,
    /** Looks at the other's rows after every step, not only where the actors change: finds the step that is guilty. */
    private readonly lookAlways = false,
  ) {}

  /** Steps of both, as drawn. Stops at the first finding. */
  async run(steps: readonly Step[], twins: readonly [Twin, Twin]): Promise<void> {
    let [actor, other] = twins;
    let before = await this.look(other);
    for (const [index, step] of steps.entries()) {
      if (step.turn === 0) {
        await this.compare(before, other, `steps of ${actor.name} up to ${index}`);
        [actor, other] = [other, actor];
        before = await this.look(other);
      }
      if (this.findings.length === 0) await this.perform(step, index, actor, other);
      if (this.lookAlways) await this.compare(before, other, `step ${index}, ${this.nameOf(step)}`);
      if (this.findings.length > 0) return;
    }
    await this.compare(before, other, `the last steps of ${actor.name}`);
  }

  /** The steps of one of the two, by a tenant that has the same data and no twin. */
  async replay(steps: readonly Step[], place: 0 | 1, twin: Twin): Promise<void> {
    let actor = 0;
    for (const [index, step] of steps.entries()) {
      if (step.turn === 0) actor = 1 - actor;
      if (actor === place) await this.perform(step, index, twin, null);
    }
  }

  nameOf(step: Step): string {
    return this.chosen(step)[0];
  }

  private async perform(step: Step, index: number, actor: Twin, other: Twin | null): Promise<void> {
    const [name, operation] = this.chosen(step);
    const first = this.request(step, index, actor, other, true);
    if (first === null) return;
    const received = await this.send(step, operation, first, actor, other, `${name}, step ${index}`);
    this.tell(actor, { step: index, what: name, answer: this.answerOf(operation, received, first, actor) });
    this.field.tally.count(name, received.status);
    if (!first.hasForeign) return;
    const second = this.request(step, index, actor, other, false);
    if (second === null) return;
    const likewise = await this.send(step, operation, second, actor, other, `${name}, step ${index}`);
    this.tell(actor, { step: index, what: `${name}, once more`, answer: this.answerOf(operation, likewise, second, actor) });
    this.compareAnswers(`${name}, step ${index}, ${actor.name}`, operation, [received, first], [likewise, second]);
  }

  private async send(step: Step, operation: Operation, asked: Asked, actor: Twin, other: Twin | null, what: string): Promise<Received> {
    for (const value of asked.strangers) actor.sent.add(value);
    const credential = this.credentialOf(operation, step);
    const authorization = actor.authorization(credential, this.field.target.administrator);
    const received = await this.http.send(asked.ask, authorization, step.bare ? '' : '/v1');
    this.field.tally.requests += 1;
    const seesAll = operation.spansTenants === true && credential === 'platform';
    if (!seesAll) this.learn(operation, received, actor, other, what);
    if (received.status >= 500)
      this.find('a request was answered with a server error', `${what}: ${received.status} ${received.text.slice(0, 300)}`);
    if (received.status === 202) await this.settle(actor);
    return received;
  }

  private learn(operation: Operation, received: Received, actor: Twin, other: Twin | null, what: string): void {
    const leaks = other === null ? [] : leaksIn(received, actor, other);
    if (other !== null && leaks.length > 0)
      this.find(`${actor.name} received what is ${other.name}'s`, `${what}: ${leaks.slice(0, 5).join(', ')}`);
    if (received.status >= 300) return;
    for (const id of idsIn(received.text)) if (!actor.sent.has(id) && other?.secrets.has(id) !== true) actor.secrets.add(id);
    operation.learn?.(bodyOf(received), actor, received);
  }

  private request(step: Step, index: number, own: Twin, other: Twin | null, foreign: boolean): Asked | null {
    const [, operation] = this.chosen(step);
    const { whose, pick, variant } = step;
    const values = new Values({ own, other, whose, pick, salt: `${this.salt}:${index}:${foreign ? 1 : 2}`, foreign });
    const ask = operation.ask(values, { variant, credential: this.credentialOf(operation, step) }, own);
    if (ask === null) return null;
    // It is asked twice then, with two values: under one key the second would be refused.
    const { [IDEMPOTENCY_KEY]: _key, ...headers } = ask.headers;
    return { ask: values.hasForeign ? { ...ask, headers } : ask, strangers: values.strangers, hasForeign: values.hasForeign };
  }

  /** A foreign id is answered like one that never was: to the byte, but for what is new in each answer. */
  private compareAnswers(
    what: string,
    operation: Operation,
    [one, oneAsked]: readonly [Received, Asked],
    [two, twoAsked]: readonly [Received, Asked],
  ): void {
    if (operation.isVolatile === true) return;
    this.field.tally.comparisons += 1;
    const [foreign, random] = [masked(one, oneAsked.strangers, new IdNumbers()), masked(two, twoAsked.strangers, new IdNumbers())];
    if (foreign !== random)
      this.find('an id of the other tenant was answered unlike a random one', `${what}: ${difference(foreign, random)}`);
  }

  private answerOf(operation: Operation, received: Received, { strangers }: Asked, actor: Twin): string {
    if (operation.isVolatile === true || operation.spansTenants === true) return String(received.status);
    if (operation.isUnordered === true) return withoutOrder(masked(received, strangers, new IdNumbers()));
    const ids = this.ids.get(actor) ?? new IdNumbers();
    this.ids.set(actor, ids);
    return masked(received, strangers, ids, actor.sent);
  }

  private tell(actor: Twin, told: Told): void {
    this.told.set(actor, [...(this.told.get(actor) ?? []), told]);
  }

  /** In somebody else's deployment nothing is made that does not go with the two tenants. */
  private credentialOf({ credentials, isOfThePlatform }: Operation, { credential }: Step): Credential {
    const drawn = credentials[credential % credentials.length] ?? 'nobody';
    return drawn === 'platform' && isOfThePlatform === true && this.field.target.sinks === null ? 'admin_key' : drawn;
  }

  private chosen({ operation }: Step): readonly [string, Operation] {
    const { deck } = this.field;
    return deck[operation % deck.length] as readonly [string, Operation]; // a deck is never empty
  }

  private async settle(actor: Twin): Promise<void> {
    await settled(this.field.stored, actor, this.http);
  }

  private look(twin: Twin): Promise<Stored> {
    this.field.tally.looks += 1;
    return this.field.stored === null ? readableOf(twin, this.http) : this.field.stored.of(twin);
  }

  private async compare(before: Stored, twin: Twin, what: string): Promise<void> {
    if (this.findings.length > 0 && !this.lookAlways) return;
    const changed = changes(before, await this.look(twin));
    if (changed.length > 0) this.find(`what is ${twin.name}'s changed by what was not ${twin.name}'s`, `${what}: ${changed.join('; ')}`);
  }

  private find(what: string, detail: string): void {
    this.findings.push({ what, detail });
  }
}

/** Waits until everything that a tenant began has come to its end. */
export async function settled(stored: StoredState | null, twin: Twin, http: HttpClient): Promise<void> {
  if (stored !== null) return stored.quiet(twin.tenantId);
  const key = twin.authorization('key', '');
  for (const status of ['pending', 'processing', 'deleting']) {
    const path = `/documents?status=${status}&latest_only=false&limit=1`;
    const open = async () =>
      (bodyOf(await http.send({ method: 'GET', path, headers: {}, body: null }, key))['data'] as readonly unknown[]).length > 0;
    const deadline = Date.now() + PATIENCE_MS;
    while (await open()) {
      if (Date.now() > deadline) throw new Error(`documents stay ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

const PATIENCE_MS = 60_000;

export function bodyOf({ headers, text }: Received): Wire {
  if (!String(headers['content-type']).includes('json')) return {};
  const body: unknown = JSON.parse(text);
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Wire) : {};
}

/** Where two texts begin to differ, with a little around it. */
export function difference(one: string, two: string): string {
  const at = Array.from({ length: one.length }).findIndex((_, index) => one.charAt(index) !== two.charAt(index));
  const from = Math.max(0, (at === -1 ? one.length : at) - 80);
  return `…${one.slice(from, from + 240)}… | …${two.slice(from, from + 240)}…`;
}

import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Check, CheckResult, Finding, Target } from '../check';
import { speaksOfDatabase } from './injection/database-words';
import { stringInputs, type OpenApi, type StringInput } from './injection/inputs';
import { requestOf, type Known } from './injection/request-of';
import { examine } from './injection/statement-log';
import { injectionStrings, type InjectionString } from './injection/strings';
import { median } from './kolmogorov-smirnov';
import { ask, askUntilAdmitted } from './requests';
import { removeTenant, withTenants, type ThrowawayTenant } from './throwaway-tenant';

export interface InjectionOptions {
  /** Every how manyth string goes into an input; each input of a class begins with another one, so that the class sees them all. */
  readonly stride: number;
  /** Only inputs of these; all of them when it is not given. */
  readonly operations?: readonly string[];
  readonly say?: (line: string) => void;
}

/** Answers may be three times as late as those to the harmless twin, and never wait as long as the shortest sleep in the strings. */
const MOST_TIMES = 3;
const NOISE_MS = 25;
const ASLEEP_MS = 4_500;
const CONCURRENCY = 4;
/** Pairs that are asked again where an input looks slow. */
const CONFIRMED_BY = 9;

const MAKES_TENANTS = 'POST /v1/admin/tenants';

/** DB-3. On a deployment of the proof's own the database log is read too, and the rows of a bystander are compared. */
export const injectionWith = (options: InjectionOptions): Check => ({
  name: 'injection',
  claim:
    'No text of a client becomes part of a statement: no answer is a 5xx, no statement in the database log holds the marker that each text carries, none is misread, and none is slower than its harmless twin.',
  cannotRun: () => null,
  run: (target) => withTenants(target, ([mine, bystander]) => check(target, mine, bystander, options)),
});

/** About a minute: every class of inputs sees every string, and most see each many times. */
export const injection = injectionWith({ stride: 6 });

async function check(
  target: Target,
  mine: ThrowawayTenant,
  bystander: ThrowawayTenant,
  { stride, operations, say }: InjectionOptions,
): Promise<CheckResult> {
  const marker = `mk${randomBytes(6).toString('hex')}`;
  const strings = injectionStrings(marker);
  const known = await knownOf(target, mine);
  await bystander.ingest('방관자.md', `# ${bystander.canary}\n\n연차는 15일이다.\n`, { title: bystander.canary });
  const document = JSON.parse((await ask(target, { method: 'GET', path: '/openapi.json', key: null })).text) as OpenApi;
  const inputs = stringInputs(document).filter(({ operation }) => operations?.includes(operation) ?? true);
  const sent = strings.flatMap(({ text, twin }) => [text, twin]);
  const before = await stateOf(bystander);
  const log = await startLog(target);
  const findings: Finding[] = [];
  const statuses = new Map<number, number>();
  const seen = new Map<string, Set<string>>();
  let cases = 0;
  for (const [index, { input, place, size }] of placed(inputs).entries()) {
    const every = Math.min(strideOf(input, stride), Math.max(size, stride));
    const chosen = strings.filter((_, each) => (each + place) % every === 0);
    const outcome = await pour(target, input, { chosen, sent }, known, statuses);
    cases += outcome.cases;
    const ofClass = seen.get(input.where) ?? new Set();
    seen.set(input.where, new Set([...ofClass, ...outcome.poured]));
    findings.push(...outcome.findings);
    if (index % 20 === 19) say?.(`injection: ${index + 1} of ${inputs.length} inputs, ${cases} requests, ${findings.length} findings`);
  }
  const logged = await log.end(marker);
  findings.push(...logged.findings);
  findings.push(...changed(before, await stateOf(bystander)));
  const answered = [...statuses].sort(([one], [other]) => one - other).map(([status, count]) => `${status}: ${count}`);
  return {
    cases,
    findings,
    figures: {
      ...{ strings: strings.length, inputs: inputs.length, answers: answered.join(', '), statements_logged: logged.statements },
      strings_by_class_of_input: [...seen].map(([where, texts]) => `${where}: ${texts.size}`).join(', '),
    },
  };
}

interface PlacedInput {
  readonly input: StringInput;
  /** Among the inputs of its class, of which there are `size`. */
  readonly place: number;
  readonly size: number;
}

/** A class: inputs of one kind that get strings as sparingly as each other. */
function placed(inputs: readonly StringInput[]): readonly PlacedInput[] {
  const classes = new Map<string, StringInput[]>();
  for (const input of inputs) {
    const name = `${input.where} ${strideOf(input, 1)}`;
    classes.set(name, [...(classes.get(name) ?? []), input]);
  }
  return [...classes.values()].flatMap((each) => each.map((input, place) => ({ input, place, size: each.length })));
}

/** Text of an operation that is paid for in time (a model reads it, a file is kept) is poured more sparingly, headers too: all take the same way. */
function strideOf({ operation, where }: StringInput, stride: number): number {
  const isCostly = /POST \/v1\/(documents|query|search|admin\/tenants)/.test(operation);
  return stride * (where === 'header' ? 20 : isCostly ? 6 : 1);
}

async function pour(
  target: Target,
  input: StringInput,
  { chosen: strings, sent }: { readonly chosen: readonly InjectionString[]; readonly sent: readonly string[] },
  known: Known,
  statuses: Map<number, number>,
): Promise<{ readonly cases: number; readonly poured: ReadonlySet<string>; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  const poured = new Set<string>();
  const took: { readonly injected: number[]; readonly harmless: number[] } = { injected: [], harmless: [] };
  const where = `${input.operation}, ${input.where} ${input.at.join('.')}`;
  /** Some texts are good names: a live deployment keeps no tenant that was made with one. */
  const tenants: string[] = [];
  let keptOut = 0;
  /** Whether the text came in. */
  const send = async (text: string, times: number[]): Promise<boolean> => {
    const request = requestOf(input, text, known);
    if (request === null) return false;
    const { status, tookMs, text: body, body: made } = await askUntilAdmitted(target, request);
    if (status === 201 && input.operation === MAKES_TENANTS) tenants.push(String(made['id']));
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === 429) {
      keptOut += 1; // nobody read it
      return false;
    }
    times.push(tookMs);
    const place = `${where}, ${JSON.stringify(text)}`;
    // Busy and ending are answers too, and not about the text.
    if (status >= 500 && status !== 503) findings.push({ what: `answered ${status}`, detail: `${place}: ${body.slice(0, 200)}` });
    if (tookMs > ASLEEP_MS) findings.push({ what: `took ${Math.round(tookMs)} ms`, detail: place });
    if (speaksOfDatabase(body, sent))
      findings.push({ what: 'an answer speaks of the database', detail: `${place}: ${body.slice(0, 200)}` });
    return true;
  };
  const waiting = strings.entries();
  const worker = async (): Promise<void> => {
    for (const [index, { text, twin }] of waiting) {
      if (await send(text, took.injected)) poured.add(text);
      if (index % 8 === 0) await send(twin, took.harmless);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  if (keptOut > 0 && poured.size === 0) findings.push({ what: 'was never let in: nothing was proved of it', detail: where });
  if (isSlow(took)) {
    // Many at once on a busy machine say little: what looks slow is asked again, one after another and in turns.
    const again: typeof took = { injected: [], harmless: [] };
    for (let pair = 0; pair < CONFIRMED_BY; pair++) {
      const { text, twin } = strings[pair % strings.length] ?? { text: '', twin: '' }; // never empty: something was slow
      await send(text, again.injected);
      await send(twin, again.harmless);
    }
    if (isSlow(again)) findings.push({ what: 'slower than its harmless twin', detail: `${where}: ${shown(again)}` });
  }
  for (const id of tenants) await removeTenant(target, id);
  return { cases: took.injected.length, poured, findings };
}

interface Times {
  readonly injected: readonly number[];
  readonly harmless: readonly number[];
}

const isSlow = ({ injected, harmless }: Times): boolean => median(injected) > median(harmless) * MOST_TIMES + NOISE_MS;
const shown = ({ injected, harmless }: Times): string => `${median(injected).toFixed(1)} ms instead of ${median(harmless).toFixed(1)} ms`;

async function knownOf(target: Target, tenant: ThrowawayTenant): Promise<Known> {
  const filename = '취업규칙.md';
  const documentId = await tenant.ingest(filename, '# 취업규칙\n\n연차는 15일이다. Annual leave is 15 days.\n');
  const asked = await tenant.post('/v1/query', { query: '연차는 며칠인가요?', min_confidence: 0 });
  return {
    ...{ key: tenant.key, administrator: target.administrator, tenantId: tenant.id },
    ...{ documentId, filename, queryId: String(asked.body['query_id']) },
  };
}

const STATE = ['/v1/documents?latest_only=false', '/v1/usage', '/v1/usage/records'];
const QUIET_MS = 500;

/** What the tenant sees of itself, as soon as that stays the same: what its own upload cost is written down a little later. */
async function stateOf(tenant: ThrowawayTenant): Promise<readonly string[]> {
  let before: readonly string[] = [];
  for (let look = 0; look < 20; look++) {
    const answers: string[] = [];
    for (const path of STATE) answers.push((await tenant.get(path)).text);
    if (isDeepStrictEqual(answers, before)) return answers;
    before = answers;
    await wait(QUIET_MS);
  }
  throw new Error('a tenant that does nothing does not come to rest');
}

/** The first of the answers that is another one now. */
function changed(before: readonly string[], after: readonly string[]): readonly Finding[] {
  const at = STATE.findIndex((_path, index) => before[index] !== after[index]);
  return at === -1
    ? []
    : [{ what: `a tenant that took no part: ${STATE[at] ?? ''}`, detail: `${before[at] ?? ''} became ${after[at] ?? ''}` }];
}

/** Has PostgreSQL write every statement down for as long as the check runs. */
async function startLog(target: Target): Promise<{ readonly end: (marker: string) => Promise<ReturnType<typeof examine>> }> {
  const { database, sinks } = target;
  const superuser = database?.superuser ?? null;
  if (superuser === null || sinks === null) return { end: () => Promise.resolve({ statements: 0, findings: [] }) };
  const write = async (statements: 'all' | 'none'): Promise<void> => {
    await superuser.query(`ALTER SYSTEM SET log_statement = '${statements}'`);
    await superuser.query('ALTER SYSTEM SET log_parameter_max_length = 0');
    await superuser.query('ALTER SYSTEM SET log_parameter_max_length_on_error = 0');
    await superuser.query('SELECT pg_reload_conf()');
  };
  await write('all');
  const from = (await sinks.statementLog()).length;
  return {
    end: async (marker) => {
      await write('none');
      const examined = examine((await sinks.statementLog()).slice(from), marker);
      const none = examined.statements === 0 ? [{ what: 'the database log', detail: 'holds no statement: nothing was proved by it' }] : [];
      return { ...examined, findings: [...examined.findings, ...none] };
    },
  };
}

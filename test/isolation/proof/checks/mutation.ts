import { randomInt } from 'node:crypto';
import type { Check, CheckResult, Finding, MutantOutcome, Target } from '../check';
import { codeMutants } from './mutation/code-mutants';
import { Killers } from './mutation/killers';
import type { Mutant } from './mutation/mutant';
import { predicatesOff } from './mutation/predicates-off';
import { scopeMutants } from './mutation/scope-mutants';
import { sqlMutants } from './mutation/sql-mutants';
import { twinMutants } from './mutation/twin-mutants';

export interface MutationOptions {
  /** Of the fuzz; the same seed draws the same sequences. */
  readonly seed: number;
  /** Only mutants whose name or guard holds this. */
  readonly only?: string;
  readonly say?: (line: string) => void;
}

export const MUTANTS: readonly Mutant[] = [...sqlMutants, ...twinMutants, ...codeMutants, ...scopeMutants];

/** The fuzz with every guard on is a part of the proof itself, and the control below. */
const BASELINES = [
  'catalogue-lint',
  'raw-attack',
  'stored-files',
  'rate-scope',
  'cache-scope',
  'job-scope',
  'ticket-scope',
  'pool-storm',
  'timing',
  'injection of documents',
];
const CONTROL = 'control: all of our own predicates off';

/** ISO-2: a proof that cannot fail proves nothing. Every guard is switched off once, and a named check must see it. */
export const mutationWith = (options: MutationOptions): Check => ({
  name: 'mutation',
  claim:
    'Every guard that is switched off is noticed by a check of this proof; one with a second guard behind it, by the fuzz when both are off. With all tenant predicates of our own SQL taken out, the fuzz still finds nothing.',
  cannotRun: ({ database, sinks }) =>
    database === null || database.superuser === null || sinks === null
      ? 'switches guards off: only on a deployment of the proof’s own'
      : null,
  run: (target) => check(target, options),
});

export const mutation = mutationWith({ seed: randomInt(1_000_000) });

async function check(target: Target, { seed, only, say = () => undefined }: MutationOptions): Promise<CheckResult> {
  const killers = await Killers.open(target, seed);
  try {
    const findings: Finding[] = [];
    // What fails already before a guard is off would kill every mutant.
    for (const name of BASELINES) {
      const [first] = (await killers.run(name, target)).findings;
      if (first !== undefined) findings.push({ what: `${name} fails with every guard on`, detail: `${first.what}: ${first.detail}` });
    }
    const mutants: MutantOutcome[] = [];
    for (const mutant of MUTANTS.filter(({ name, guard }) => only === undefined || name.includes(only) || guard.includes(only))) {
      const outcome = await outcomeOf(mutant, killers, target);
      mutants.push(outcome);
      const by = outcome.killedBy.map(({ check, finding }) => `${check} (${finding.slice(0, 80)})`).join(', ');
      say(`mutation: ${mutant.guard}: ${by === '' ? 'SURVIVED' : `killed by ${by}`} (${outcome.tookMs} ms)`);
      findings.push(...shortcomingOf(outcome));
    }
    const control = await controlOf(killers, target);
    const killed = mutants.filter((outcome) => shortcomingOf(outcome).length === 0).length;
    return {
      cases: mutants.length + 1,
      findings: [...findings, ...control.findings],
      figures: { seed, mutants: mutants.length, killed, ...control.figures },
      mutants,
    };
  } finally {
    await killers.close();
  }
}

/** Switches one guard off for as long as its checks run. */
export async function outcomeOf(mutant: Mutant, killers: Killers, target: Target): Promise<MutantOutcome> {
  const startedAt = performance.now();
  const killedBy: { check: string; finding: string }[] = [];
  const undo = await mutant.apply(target);
  try {
    for (const name of mutant.killers) {
      const finding = await firstFinding(killers, name, target);
      if (finding !== null) killedBy.push({ check: name, finding: finding.slice(0, 500) });
    }
  } finally {
    await undo();
  }
  const { name, guard } = mutant;
  return { name, guard, expected: mutant.killers, killedBy, tookMs: Math.round(performance.now() - startedAt) };
}

const BROKE_DOWN = 'broke down: ';

/** A mutant has to be seen by a check. One that breaks down has seen something, and could not say what: that alone proves little. */
export function shortcomingOf({ name, guard, expected, killedBy }: MutantOutcome): readonly Finding[] {
  if (killedBy.some(({ finding }) => !finding.startsWith(BROKE_DOWN))) return [];
  const what = killedBy.length === 0 ? 'survived' : 'only broke what was to see it';
  return [{ what: `${what}: ${guard}`, detail: `expected of ${expected.join(' or ')}: ${name}` }];
}

async function firstFinding(killers: Killers, name: string, target: Target): Promise<string | null> {
  try {
    const [first] = (await killers.run(name, target)).findings;
    return first === undefined ? null : `${first.what}: ${first.detail}`;
  } catch (error) {
    return `${BROKE_DOWN}${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Our own predicates are for speed: without any of them the database alone must keep the tenants apart. */
async function controlOf(killers: Killers, target: Target): Promise<Pick<CheckResult, 'findings' | 'figures'>> {
  const stripped = predicatesOff();
  try {
    const { findings, cases } = await killers.run('fuzz of everything', target);
    const taken = stripped.count();
    const none = taken === 0 ? [{ what: CONTROL, detail: 'there was none to take out: nothing was proved' }] : [];
    return {
      findings: [...none, ...findings.map(({ what, detail }) => ({ what: `${CONTROL}: ${what}`, detail }))],
      figures: { control_steps: cases, control_predicates_taken_out: taken },
    };
  } finally {
    await stripped.undo();
  }
}

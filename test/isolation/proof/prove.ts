import type { Check, Target } from './check';
import type { CheckReport } from './report';

/** Runs one check and says how it ended. A check that breaks down, and one that tried nothing, has not held. */
export async function prove(check: Check, target: Target, say: (line: string) => void): Promise<CheckReport> {
  const { name, claim } = check;
  const about = { name, claim, reason: null, cases: 0, seconds: 0, figures: {}, findings: [], mutants: [] };
  const reason = check.cannotRun(target);
  if (reason !== null) {
    say(`${name}: not run, ${reason}`);
    return { ...about, verdict: 'not run', reason };
  }
  say(`${name}: ${claim}`);
  const startedAt = performance.now();
  const report = await outcome(check, target);
  const seconds = Math.round(performance.now() - startedAt) / 1_000;
  const verdict = report.findings.length === 0 ? 'held' : 'failed';
  say(`${name}: ${verdict}, ${report.cases} cases, ${report.findings.length} findings, ${seconds} s`);
  for (const { what, detail } of report.findings.slice(0, 5)) say(`  ${what}: ${detail.slice(0, 1_000)}`);
  return { ...about, ...report, verdict, seconds };
}

/** As in a server: an error that nobody handles is the end, here of the check. */
async function untilItBreaks<T>(work: Promise<T>): Promise<T> {
  let broken: (error: Error) => void = () => undefined;
  const breaks = new Promise<never>((_, reject) => (broken = reject));
  process.on('uncaughtException', broken);
  try {
    return await Promise.race([work, breaks]);
  } finally {
    process.off('uncaughtException', broken);
  }
}

async function outcome(check: Check, target: Target): Promise<Pick<CheckReport, 'cases' | 'figures' | 'findings' | 'mutants'>> {
  try {
    const { cases, figures, findings, mutants = [] } = await untilItBreaks(check.run(target));
    const nothing = cases === 0 ? [{ what: 'nothing was tried', detail: 'a check of no cases proves nothing' }] : [];
    return { cases, figures, mutants, findings: [...findings, ...nothing] };
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { cases: 0, figures: {}, mutants: [], findings: [{ what: 'the check broke down', detail }] };
  }
}

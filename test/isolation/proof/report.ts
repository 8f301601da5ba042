import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckResult, Finding, MutantOutcome } from './check';

export interface CheckReport {
  readonly name: string;
  readonly claim: string;
  readonly verdict: 'held' | 'failed' | 'not run';
  /** Why it was not run. */
  readonly reason: string | null;
  readonly cases: number;
  readonly seconds: number;
  readonly figures: CheckResult['figures'];
  readonly findings: readonly Finding[];
  readonly mutants: readonly MutantOutcome[];
}

/** What an auditor gets: everything that is needed to judge the proof, and to do it again. */
export interface Report {
  readonly format: 'aegis-isolation-proof/1';
  readonly verdict: 'held' | 'failed';
  readonly started_at: string;
  readonly seconds: number;
  readonly product: { readonly version: string; readonly commit: string };
  readonly target: {
    readonly kind: 'own deployment' | 'live deployment';
    readonly url: string;
    readonly engines: Readonly<Record<string, string>>;
  };
  readonly seed: number;
  readonly repeat: string;
  readonly checks: readonly CheckReport[];
}

/** `report.json` and `report.md` in `folder`; `secrets` and the machine's folders are taken out of both. */
export async function writeReport(report: Report, folder: string, secrets: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'report.json'), `${cleaned(JSON.stringify(report, null, 2), secrets)}\n`);
  await writeFile(join(folder, 'report.md'), cleaned(inMarkdown(report), secrets));
}

function cleaned(text: string, secrets: readonly string[]): string {
  const named = secrets.filter((secret) => secret.length > 0).reduce((all, secret) => all.replaceAll(secret, '[secret]'), text);
  const folders = [process.cwd(), process.env['HOME'] ?? '', process.env['TMPDIR'] ?? ''].filter((folder) => folder.length > 1);
  return folders
    .reduce((all, folder) => all.replaceAll(folder, '[folder]'), named)
    .replace(/\bag_(live|test)_[0-9A-Za-z]{20,}/g, '[key]')
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, '[token]')
    .replace(/(?:\/(?:tmp|home|root|var|opt)\/)[^\s"'):,]+/g, '[path]');
}

function inMarkdown(report: Report): string {
  const { product, target, checks } = report;
  const ran = checks.filter(({ verdict }) => verdict !== 'not run');
  const sections = checks.map((check) => section(check));
  return `# Isolation of tenants: proof

**${report.verdict === 'held' ? 'Held' : 'FAILED'}**: ${ran.filter(({ verdict }) => verdict === 'held').length} of ${ran.length} checks that were run held; ${checks.length - ran.length} could not be run.

| | |
|---|---|
| Date | ${report.started_at} |
| Duration | ${minutes(report.seconds)} |
| Proved with | AEGIS ${product.version}, commit ${product.commit}${target.kind === 'live deployment' ? '; the target may be another version' : ', which is the target too'} |
| Target | ${target.kind}${target.kind === 'live deployment' ? ` ${target.url}` : ''} |
${Object.entries(target.engines)
  .map(([name, version]) => `| ${name} | ${version} |`)
  .join('\n')}
| Seed | ${report.seed} |
| To repeat | \`${report.repeat}\` |

| Check | Verdict | Cases | Findings | Duration |
|---|---|--:|--:|--:|
${checks.map((check) => `| ${check.name} | ${check.verdict} | ${check.cases} | ${check.findings.length} | ${minutes(check.seconds)} |`).join('\n')}

What each check does, and what the proof does not cover, is told in \`docs/isolation-proof.md\` of the product.

${sections.join('\n\n')}
`;
}

function section({ name, claim, verdict, reason, figures, findings, mutants }: CheckReport): string {
  const parts = [`## ${name}: ${verdict}`, claim];
  if (reason !== null) parts.push(`Not run: ${reason}.`);
  const rows = Object.entries(figures).map(([figure, value]) => `| ${figure.replaceAll('_', ' ')} | ${cell(String(value))} |`);
  if (rows.length > 0) parts.push(['| Figure | |', '|---|---|', ...rows].join('\n'));
  if (mutants.length > 0) parts.push(mutantTable(mutants));
  if (findings.length > 0)
    parts.push(['Findings:', '', ...findings.map(({ what, detail }) => `- **${cell(what)}**: ${cell(detail)}`)].join('\n'));
  return parts.join('\n\n');
}

/** Enough to tell a leak from a check that broke down; all of it is in the JSON. */
const SHOWN_OF_FINDING = 120;

const mutantTable = (mutants: readonly MutantOutcome[]): string =>
  [
    '| Mutant | Guard that was off | Expected of | Killed by, and what it saw |',
    '|---|---|---|---|',
    ...mutants.map(({ name, guard, expected, killedBy }) => {
      const seen = killedBy.map(({ check, finding }) => `${check} (${finding.slice(0, SHOWN_OF_FINDING)})`);
      const killers = seen.length === 0 ? '**survived**' : seen.join('; ');
      return `| ${cell(name)} | ${cell(guard)} | ${expected.join(', ')} | ${cell(killers)} |`;
    }),
  ].join('\n');

const cell = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, 1_000);
const minutes = (seconds: number): string => (seconds < 90 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`);

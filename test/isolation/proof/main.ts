import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { productRoot } from '@aegis/infrastructure/configuration/product-root';
import { readArguments, USAGE, type Arguments } from './arguments';
import type { Check, Target } from './check';
import { CHECKS } from './checks/all';
import { mutationWith } from './checks/mutation';
import { openDeployment, openLiveDatabase, poolsOf, type Deployment } from './deployment';
import { fuzzCheck } from './fuzz/fuzz';
import { prove } from './prove';
import { writeReport, type CheckReport } from './report';

const ROOT = productRoot(__dirname);
/** Reads what the database wrote down of every statement. */
const READS_STATEMENTS = 'injection';

const say = (line: string): void => void process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

async function main(): Promise<number> {
  const options = readArguments(process.argv.slice(2));
  const checks = checksOf(options);
  const [startedAt, began] = [new Date().toISOString(), performance.now()];
  say(`isolation proof, seed ${options.seed}`);
  const deployment = options.url === null ? await ownDeployment() : live(options.url, options);
  try {
    const { target } = deployment;
    const reports: CheckReport[] = [];
    for (const check of checks) {
      const needsStatements = check.name === READS_STATEMENTS;
      if (needsStatements) await deployment.logStatements(true);
      reports.push(await prove(check, target, say));
      if (needsStatements) await deployment.logStatements(false);
    }
    const seconds = Math.round(performance.now() - began) / 1_000;
    const verdict = reports.every((one) => one.verdict !== 'failed') && reports.some((one) => one.verdict === 'held') ? 'held' : 'failed';
    const kind = options.url === null ? 'own deployment' : 'live deployment';
    await writeReport(
      {
        ...{ format: 'aegis-isolation-proof/1', verdict, started_at: startedAt, seconds, product: product(), seed: options.seed },
        ...{ target: { kind, url: target.url, engines: await enginesOf(target) }, repeat: repeatOf(options), checks: reports },
      },
      options.report,
      [target.administrator, process.env['AEGIS_SECRET_KEY'] ?? ''],
    );
    say(`${verdict === 'held' ? 'HELD' : 'FAILED'} in ${Math.round(seconds)} s; the report is in ${options.report}`);
    return verdict === 'held' ? 0 : 1;
  } finally {
    await deployment.close();
  }
}

/** The fuzz last but one: the mutation check changes what is proved while it runs. */
function checksOf({ sequences, seed, path, only }: Arguments): readonly Check[] {
  const fuzz = fuzzCheck({ sequences, seed, say, ...(path !== null && { path }) });
  const mutation = mutationWith({ seed, say });
  const all = [...CHECKS.filter(({ name }) => name !== mutation.name), fuzz, mutation];
  const unknown = only?.filter((name) => !all.some((check) => check.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`there is no check ${unknown.join(', ')}: ${all.map(({ name }) => name).join(', ')}`);
  return all.filter(({ name }) => only?.includes(name) ?? true);
}

/** On the private servers that scripts/prove-isolation.sh has brought up and migrated. */
function ownDeployment(): Promise<Deployment> {
  const passed = ['DATABASE_URL', 'REDIS_URL', 'AEGIS_SECRET_KEY'].map((name) => [name, required(name)] as const);
  return openDeployment({ AEGIS_PROFILE: 'production', ...Object.fromEntries(passed) }, required('DATABASE_BOOTSTRAP_URL'));
}

function live(url: string, { adminKeyFile }: Arguments): Deployment {
  const administrator = adminKeyFile === null ? required('AEGIS_ADMIN_KEY') : readFileSync(adminKeyFile, 'utf8').trim();
  const [runtimeUrl, secretKey] = [process.env['DATABASE_URL'], process.env['AEGIS_SECRET_KEY']];
  const database = runtimeUrl === undefined || secretKey === undefined ? null : openLiveDatabase(runtimeUrl, secretKey);
  return {
    target: { url, administrator, database, sinks: null },
    logStatements: () => Promise.resolve(),
    close: async () => {
      if (database !== null) await Promise.all(poolsOf(database).map((pool) => pool.end()));
    },
  };
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

function product(): { readonly version: string; readonly commit: string } {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  try {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim(); // prettier-ignore
    return {
      version,
      commit: `${git('rev-parse', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' with changes that are not committed'}`,
    };
  } catch {
    return { version, commit: 'unknown' }; // not a checkout
  }
}

async function enginesOf({ database }: Target): Promise<Readonly<Record<string, string>>> {
  if (database === null) return { Node: process.version };
  const { rows } = await database.reader.query<{ postgresql: string; pgvector: string }>(
    `SELECT current_setting('server_version') AS postgresql, (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS pgvector`,
  );
  return { PostgreSQL: rows[0]?.postgresql ?? '', pgvector: rows[0]?.pgvector ?? '', Node: process.version };
}

const repeatOf = ({ sequences, seed, path, only, url }: Arguments): string =>
  [
    `npm run prove:isolation -- --sequences ${sequences} --seed ${seed}`,
    ...(path === null ? [] : [`--path ${path}`]),
    ...(only === null ? [] : [`--only ${only.join(',')}`]),
    ...(url === null ? [] : [`--url ${url}`]),
  ].join(' ');

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n\n${USAGE}\n`);
    process.exit(2);
  },
);

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readArguments, USAGE } from './eval-retrieval/arguments';
import { evaluate } from './eval-retrieval/evaluate';
import { planOf } from './eval-retrieval/evaluation-plan';

/** For the shell script around this: there is nothing to do, and that is no failure. */
const NO_DATA = 3;
const WRONG_ARGUMENTS = 2;

/** `plan` as the first argument: checks the other arguments and the data, and says what would be done. Answers the exit code. */
async function main([first, ...rest]: readonly string[]): Promise<number> {
  const planning = first === 'plan';
  const args = planning || first === undefined ? rest : [first, ...rest];
  if (args.includes('--help')) {
    console.log(USAGE);
    return NO_DATA;
  }
  const options = readArguments(args);
  const data = resolve(options.data);
  const absent = options.sets.filter((name) => !existsSync(join(data, 'retrieval', name, 'corpus.jsonl')));
  if (absent.length > 0) {
    console.log(`skipped: the evaluation data (${absent.join(', ')}) is not in ${options.data}; --data names another folder`);
    return NO_DATA;
  }
  const plan = planOf(data, options.sets, options.limit);
  const [passages, questions] = [plan.corpora.flatMap((one) => one.passages).length, plan.rows.flatMap((one) => one.questions).length];
  console.log(
    `${passages} passages in ${plan.corpora.length} tenants, ${questions} questions in ${plan.rows.length} rows, ${options.strategies.length} strategies`,
  );
  if (planning) return 0;
  if (options.url === null) throw new Error('--url is missing');
  const adminKey = options.adminKeyFile === null ? process.env['AEGIS_ADMIN_KEY'] : readFileSync(options.adminKeyFile, 'utf8').trim();
  if (adminKey === undefined) throw new Error('the key of an administrator is missing: AEGIS_ADMIN_KEY or --admin-key-file');
  const startedAt = performance.now();
  const print = (line: string): void => console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${line}`);
  return evaluate(plan, options, { url: options.url, adminKey }, print);
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = WRONG_ARGUMENTS;
  },
);

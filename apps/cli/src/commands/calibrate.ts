import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { SearchBody } from '@aegis/presentation/answering/answer.dto';
import type { TenantBody } from '@aegis/presentation/tenants/tenant.dto';
import { queryLanguage } from '@aegis/domain/answering/query-language';
import { type AskedQuestion, type CalibrationOutcome, outcomeOf } from '../calibration/calibration-outcome';
import { type ReportLanguage, reportLines } from '../calibration/calibration-report';
import { type GoldenQuestion, readGoldenSet } from '../calibration/golden-set';
import { CommandFailed, EXIT } from '../exit-codes';
import type { AegisClient } from '../http/aegis-client';
import type { CommandContext } from './command-context';
import { numberBetween } from './option-values';
import { adminClient, tenantClient, withServerOptions, type ServerOptions } from './server-options';

interface CalibrateOptions extends ServerOptions {
  readonly apply?: true;
  readonly reset?: true;
  readonly tenant?: string;
  readonly adminKey?: string;
  readonly maxWrong?: number;
  readonly language?: ReportLanguage;
}

export function addCalibrate(program: Command, context: CommandContext): void {
  const calibrate = program
    .command('calibrate')
    .description("fit a tenant's confidence to its own questions, and say how many wrong answers can be promised at most")
    .argument('[file]', 'a line for each question: {"query": "…", "expected": ["handbook.md"]} or {"query": "…", "unanswerable": true}');
  withServerOptions(calibrate, 'tenant')
    .option(
      '--max-wrong <share>',
      'of the answered at most so many may be wrong, with 95 % certainty: finds min_confidence',
      numberBetween(0.001, 0.5),
    )
    .option('--apply', "store it in the tenant's settings, where it changes better than it was; needs --tenant")
    .option('--reset', 'take the confidence as it was shipped again; needs --tenant')
    .option('--tenant <id>', 'whose settings')
    .option('--admin-key <key>', 'for its settings (default: AEGIS_ADMIN_KEY, or the one in the data folder)')
    .addOption(new Option('--language <language>', 'of the report (default: of most questions)').choices(['ko', 'en']))
    .action((file: string | undefined, options: CalibrateOptions) =>
      options.reset ? reset(options, context) : run(file, options, context),
    );
}

async function run(file: string | undefined, options: CalibrateOptions, context: CommandContext): Promise<void> {
  if (file === undefined) throw new CommandFailed('A file with questions is needed, or --reset.', EXIT.usage);
  if (options.apply === true) tenantOf(options);
  const questions = goldenQuestions(resolve(context.config.folder, file));
  const { asked, judgedBy } = await ask(tenantClient(options, context), questions, context);
  const outcome = outcomeOf(asked, options.maxWrong ?? null);
  if (options.json) context.terminal.printJson(asJson(outcome, judgedBy));
  else for (const line of reportLines(outcome, options.language ?? languageOf(questions))) context.terminal.print(line);
  if (outcome.wanted?.promise === undefined && outcome.wanted !== null) {
    throw new CommandFailed('Nothing was stored: that many wrong answers at most cannot be promised with these questions.');
  }
  if (options.apply === true) await store(outcome, judgedBy, options, context);
}

function goldenQuestions(path: string): readonly GoldenQuestion[] {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw new CommandFailed(`There is no file ${path}.`, EXIT.noInput);
  const { questions, problems } = readGoldenSet(readFileSync(path, 'utf8'));
  const shown = problems.slice(0, 10).map((problem) => `\n  ${problem}`);
  if (problems.length > 0) throw new CommandFailed(`${problems.length} lines cannot be used:${shown.join('')}`, EXIT.badData);
  return questions;
}

interface Asked {
  readonly asked: readonly AskedQuestion[];
  readonly judgedBy: string;
}

/** Each question as a client would search for it, with the tenant's own settings. */
async function ask(client: AegisClient, questions: readonly GoldenQuestion[], { terminal }: CommandContext): Promise<Asked> {
  const asked: AskedQuestion[] = [];
  const judges = new Set<string>();
  for (const [at, { query, expected }] of questions.entries()) {
    terminal.progress(`${at + 1} of ${questions.length} questions`);
    const found = await client.post<SearchBody>('/search', { query });
    if (found.degraded.includes('vector_search_unavailable')) {
      throw new CommandFailed('Vectors cannot be searched now: what would be fitted is not what clients get later.', EXIT.tryLater);
    }
    judges.add(found.judged_by);
    const isRight = found.results.some(
      ({ filename, document_id }) => expected.includes(filename.normalize('NFC')) || expected.includes(document_id),
    );
    asked.push({ confidence: found.uncalibrated_confidence, isRight, isAnswerable: expected.length > 0 });
  }
  const [judgedBy = '', other] = judges;
  if (other !== undefined) throw new CommandFailed('The embedding model changed meanwhile: ask again.', EXIT.tryLater);
  return { asked, judgedBy };
}

async function store(
  { verdict, curve, questions, wanted }: CalibrationOutcome,
  judgedBy: string,
  options: CalibrateOptions,
  context: CommandContext,
): Promise<void> {
  if (verdict === 'too_few' && wanted === null) {
    throw new CommandFailed('Nothing was stored: there are too few questions.', EXIT.badData);
  }
  const calibration = verdict === 'better' ? { judged_by: judgedBy, ...curve, questions } : null;
  const threshold = wanted?.promise === undefined ? {} : { min_confidence: wanted.promise.shown };
  await change(options, context, { calibration, ...threshold });
}

const reset = (options: CalibrateOptions, context: CommandContext): Promise<void> => change(options, context, { calibration: null });

async function change(options: CalibrateOptions, context: CommandContext, settings: object): Promise<void> {
  const { url, adminKey } = options;
  const client = adminClient({ ...(url !== undefined && { url }), ...(adminKey !== undefined && { key: adminKey }) }, context);
  const path = `/admin/tenants/${encodeURIComponent(tenantOf(options))}`;
  const tenant = await client.patch<TenantBody>(path, { settings });
  if (options.json) {
    context.terminal.printJson({ settings: tenant.settings });
    return;
  }
  const { calibration, min_confidence: threshold } = tenant.settings;
  const answers = typeof threshold === 'number' ? `answers from ${threshold} on` : 'min_confidence of the deployment';
  context.terminal.note(`${tenant.name}: confidence ${calibration === undefined ? 'as shipped' : 'calibrated'}, ${answers}.`);
}

function tenantOf({ tenant }: CalibrateOptions): string {
  if (tenant === undefined) throw new CommandFailed('--tenant says whose settings are meant.', EXIT.usage);
  return tenant;
}

function languageOf(questions: readonly GoldenQuestion[]): ReportLanguage {
  const korean = questions.filter(({ query }) => queryLanguage(query) === 'ko').length;
  return korean * 2 >= questions.length ? 'ko' : 'en';
}

const asJson = ({ promises, wanted, ...outcome }: CalibrationOutcome, judgedBy: string) => ({
  questions: outcome.questions,
  answerable: outcome.answerable,
  found: outcome.found,
  verdict: outcome.verdict,
  judged_by: judgedBy,
  ...outcome.curve,
  loss: outcome.loss,
  certainty: 0.95,
  promises: promises.map(({ threshold, shown, answered, wrong, atMost }) => ({
    uncalibrated_confidence: threshold,
    confidence: shown,
    answered,
    wrong,
    wrong_at_most: atMost,
  })),
  min_confidence: wanted?.promise?.shown ?? null,
});

import type { Command } from 'commander';
import type { AnswerBody } from '@aegis/presentation/answering/answer.dto';
import type { AegisClient, Question } from '../http/aegis-client';
import { answerText, footnotes } from '../terminal/answer-text';
import type { CommandContext } from './command-context';
import { numberBetween, wholeNumberBetween } from './option-values';
import { tenantClient, withServerOptions, type ServerOptions } from './server-options';

interface AskOptions extends ServerOptions {
  readonly asOf?: string;
  readonly topK?: number;
  readonly minConfidence?: number;
  readonly stream?: true;
}

export function addAsk(program: Command, context: CommandContext): void {
  const ask = program.command('ask').description('answer a question from the documents of a tenant').argument('<question>');
  withServerOptions(ask, 'tenant')
    .option('--as-of <date>', 'as it held at that day or time')
    .option('--top-k <n>', 'how many chunks the answer may use', wholeNumberBetween(1, 50))
    .option('--min-confidence <p>', 'below this there is no answer', numberBetween(0, 1))
    .option('--stream', 'show the answer while it is written')
    .action(async (query: string, options: AskOptions) => {
      const client = tenantClient(options, context);
      const question = questionOf(query, options);
      if (options.stream) await askStreaming(client, question, options, context);
      else show(await client.ask(question), options, context);
    });
}

function questionOf(query: string, { asOf, topK, minConfidence }: AskOptions): Question {
  return {
    query,
    ...(asOf !== undefined && { as_of_date: asOf }),
    ...(topK !== undefined && { top_k: topK }),
    ...(minConfidence !== undefined && { min_confidence: minConfidence }),
  };
}

function show(answer: AnswerBody, { json }: AskOptions, { terminal }: CommandContext): void {
  if (json) terminal.printJson(answer);
  else for (const line of answerText(answer, terminal)) terminal.print(line);
}

/** With `--json` every event is a line; else the answer appears as it comes, and its sources below. */
async function askStreaming(client: AegisClient, question: Question, options: AskOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  for await (const each of client.askStreaming(question)) {
    if (options.json) terminal.printJson(each);
    else if (each.event === 'retrieval') terminal.progress(`${each.data.chunks_found} chunks found, writing…`);
    else if (each.event === 'token') terminal.write(each.data.content);
    else if (each.data.refused) show(each.data, options, context);
    else {
      terminal.print();
      for (const line of footnotes(each.data, terminal)) terminal.print(line);
    }
  }
}

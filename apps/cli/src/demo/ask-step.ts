import type { AnswerBody } from '@aegis/presentation/answering/answer.dto';
import type { AegisClient, Question } from '../http/aegis-client';
import type { DemoStep } from './demo-steps';

/** How a streamed answer arrived. */
export interface Arrival {
  readonly tokens: number;
  readonly firstTokenMs: number;
}

export interface AskedStep {
  readonly answer: AnswerBody;
  readonly arrival: Arrival | null;
  /** What the stream itself did wrong. */
  readonly problems: readonly string[];
}

/** Asks as the step says; `onToken` sees the pieces of a streamed answer as they come. */
export async function askStep(client: AegisClient, step: DemoStep, onToken: (text: string) => void): Promise<AskedStep> {
  const question: Question = {
    query: step.question.query,
    ...(step.question.as_of_date !== undefined && { as_of_date: step.question.as_of_date }),
  };
  if (step.streamed) return askStreaming(client, question, onToken);
  return { answer: await client.ask(question), arrival: null, problems: [] };
}

async function askStreaming(client: AegisClient, question: Question, onToken: (text: string) => void): Promise<AskedStep> {
  const startedAt = performance.now();
  const pieces: string[] = [];
  let firstTokenMs = 0;
  for await (const each of client.askStreaming(question)) {
    if (each.event === 'token') {
      if (pieces.length === 0) firstTokenMs = performance.now() - startedAt;
      pieces.push(each.data.content);
      onToken(each.data.content);
    } else if (each.event === 'done') {
      const joined = each.data.refused || pieces.join('') === each.data.answer;
      const problems = joined ? [] : ['its pieces joined are not the answer'];
      return { answer: each.data, arrival: { tokens: pieces.length, firstTokenMs }, problems };
    }
  }
  throw new Error('a stream without an end is an error of the client'); // answerEvents throws before
}

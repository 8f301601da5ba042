import type { AnswerBody } from '@aegis/presentation/answering/answer.dto';
import type { RetrievalEventBody, TokenEventBody } from '@aegis/presentation/answering/stream-event.dto';
import { ApiFailure, readProblem } from './api-failure';

export type AnswerStreamEvent =
  | { readonly event: 'retrieval'; readonly data: RetrievalEventBody }
  | { readonly event: 'token'; readonly data: TokenEventBody }
  | { readonly event: 'done'; readonly data: AnswerBody };

/** The events of `POST /query/stream`. Throws ApiFailure for an `error` event, and when the stream ends before `done`. */
export async function* answerEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<AnswerStreamEvent, void, undefined> {
  for await (const { event, data } of eventFrames(body)) {
    if (event === 'error') throw failureOf(data);
    if (event !== 'retrieval' && event !== 'token' && event !== 'done') continue; // a later server may say more
    yield { event, data: JSON.parse(data) as never };
    if (event === 'done') return;
  }
  throw new ApiFailure(200, 'stream_cut', 'the stream ended before the answer was complete');
}

interface Frame {
  readonly event: string;
  readonly data: string;
}

/** Frames of `text/event-stream`: comments and unknown fields are skipped, what the end cuts off is dropped. */
async function* eventFrames(body: AsyncIterable<Uint8Array>): AsyncGenerator<Frame, void, undefined> {
  const decoder = new TextDecoder(); // a syllable may be cut in two by a packet
  let rest = '';
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true });
    const frames = rest.split(/\r?\n\r?\n/);
    rest = frames.pop() ?? '';
    yield* frames.map(readFrame).filter(({ data }) => data !== '');
  }
}

function readFrame(text: string): Frame {
  const fields = text.split(/\r?\n/).map((line): readonly [string, string] => {
    const colon = line.indexOf(':');
    return colon === -1 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
  });
  const valuesOf = (name: string) => fields.filter(([field]) => field === name).map(([, value]) => value);
  return { event: valuesOf('event').at(-1) ?? 'message', data: valuesOf('data').join('\n') };
}

function failureOf(data: string): ApiFailure {
  const problem = readProblem(data);
  return new ApiFailure(problem?.status ?? 500, problem?.code ?? 'unknown', problem?.detail ?? 'the answer ended in an error');
}

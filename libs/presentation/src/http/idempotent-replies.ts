import { unkeyed, type Completion } from '@aegis/application/shared/completion';
import { IdempotencyKeys, type KeptAnswer } from '@aegis/application/shared/idempotency-keys';
import type { Json } from '@aegis/domain/shared/canonical-json';
import { Injectable } from '@nestjs/common';
import { frame, type EventStream, type ServerEvent } from './event-stream';
import type { RequestKey } from './idempotency-key';
import { AnsweredBefore, IdempotentAttempt } from './idempotent-attempt';
import { Reply } from './reply';

/** What a use case is given so that its effect counts once. */
export interface Once<Result> {
  /** For content that is read on the way: tells what else the request said, before anything is done. */
  readonly begin: (content: Json) => Promise<void>;
  readonly complete: Completion<Result>;
}

interface Rendered {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const EVENTS_TYPE = { 'content-type': 'text/event-stream; charset=utf-8' };

/** Answers requests that may come again: the first answer is kept with the effect, and sent again to the byte. */
@Injectable()
export class IdempotentReplies {
  constructor(private readonly keys: IdempotencyKeys) {}

  /** A request whose content is its JSON body. */
  answer<Result>(
    key: RequestKey | null,
    render: (result: Result) => Rendered,
    work: (complete: Completion<Result>) => Promise<Result>,
  ): Promise<Reply<object>> {
    return this.answerRead(key, render, async ({ begin, complete }) => {
      await begin(key?.body ?? null);
      return work(complete);
    });
  }

  /** A request whose content is read while it is worked on: the work says when it is known. */
  async answerRead<Result>(
    key: RequestKey | null,
    render: (result: Result) => Rendered,
    work: (once: Once<Result>) => Promise<Result>,
  ): Promise<Reply<object>> {
    if (key === null) {
      const { status, body, headers } = render(await work({ begin: () => Promise.resolve(), complete: unkeyed }));
      return new Reply(body, headers, status);
    }
    const attempt = new IdempotentAttempt<Result>(this.keys, key, (result) => {
      const { status, body, headers } = render(result);
      return { status, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) };
    });
    return this.attempted(attempt, async () => {
      await work({ begin: (content) => attempt.begin(content), complete: attempt.complete });
      if (attempt.kept === null) throw new Error('the work has a result and kept none');
      attempt.isDone = true;
      return sent(attempt.kept);
    });
  }

  /** A stream: its events are sent again as they were, `last` with the result among them. Undefined when it was streamed. */
  async stream<Result>(
    key: RequestKey | null,
    channel: Pick<EventStream, 'send'>,
    last: (result: Result) => ServerEvent,
    produce: (signal: AbortSignal, complete: Completion<Result>) => AsyncIterable<ServerEvent>,
  ): Promise<Reply<object> | undefined> {
    if (key === null) {
      await channel.send((signal) => produce(signal, unkeyed));
      return undefined;
    }
    const events: ServerEvent[] = [];
    const attempt = new IdempotentAttempt<Result>(this.keys, key, (result) => {
      const body = [...events, last(result)].map((event, index) => frame(index + 1, event)).join('');
      return { status: 200, headers: EVENTS_TYPE, body };
    });
    return this.attempted(attempt, async () => {
      await attempt.begin(key.body);
      await channel.send((signal) => remembered(produce(signal, attempt.complete), events, attempt));
      return undefined;
    });
  }

  private async attempted<Result, Answer>(
    attempt: IdempotentAttempt<Result>,
    work: () => Promise<Answer>,
  ): Promise<Answer | Reply<object>> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AnsweredBefore) return sent(error.answer, { 'idempotency-replayed': 'true' });
      throw error;
    } finally {
      await attempt.end();
    }
  }
}

async function* remembered(
  source: AsyncIterable<ServerEvent>,
  events: ServerEvent[],
  attempt: { isDone: boolean },
): AsyncGenerator<ServerEvent> {
  for await (const event of source) {
    events.push(event);
    yield event;
  }
  attempt.isDone = true; // whoever stops earlier, or fails, does not come here
}

const sent = ({ status, headers, body }: KeptAnswer, more: Readonly<Record<string, string>> = {}): Reply<object> =>
  new Reply(Buffer.from(body), { ...headers, ...more }, status);

import { once } from 'node:events';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { DomainError } from '@aegis/domain/shared/domain-error';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ShuttingDown, type OpenStreams } from './open-streams';
import { HttpProblem } from './problems/http-problem';
import { preferredLanguage } from './problems/language';
import { problemDocument } from './problems/problem-document';
import { problemOf } from './problems/problem-of';
import { stateOf } from './request-state';
import type { StreamWatch } from './stream-watch';

/** One event; `data` becomes a single line of JSON. */
export interface ServerEvent {
  readonly event: string;
  readonly data: object;
}

export type Produce = (signal: AbortSignal) => AsyncIterable<ServerEvent>;

const HEARTBEAT_MS = 15_000;
/** A client that reads nothing for so long, or lets so much pile up, is gone. */
const DRAIN_MS = 30_000;
const MAX_BUFFERED_BYTES = 262_144;

/** An answer that grows: `text/event-stream` with ids, heartbeats, back-pressure and an end even when something fails half-way. */
export class EventStream {
  constructor(
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
    private readonly open: OpenStreams,
    private readonly watch: StreamWatch,
    private readonly onFailure: (problem: HttpProblem) => void,
  ) {}

  /**
   * Sends what `produce` yields. What fails before the first event is thrown, and becomes an ordinary error answer. When the client goes
   * away or the server stops, the signal is aborted at once; when the key stops being good, within a few seconds.
   */
  async send(produce: Produce): Promise<void> {
    const response = this.reply.raw;
    if (response.destroyed) throw new Error('client disconnected'); // its 'close' has been, while something was asked before this
    const controller = new AbortController();
    response.on('close', () => {
      if (!response.writableEnded) controller.abort(new Error('client disconnected'));
    });
    this.open.add(controller, 'stream');
    const state = stateOf(this.request);
    state.ended = controller.signal;
    const { caller } = state;
    const unfollow = caller === null ? () => undefined : this.watch.follow(caller, controller);
    const events = produce(controller.signal)[Symbol.asyncIterator]();
    try {
      const first = await events.next();
      this.start(response);
      await this.relay(response, events, first, controller);
    } finally {
      unfollow();
      // Whatever the producer holds is given back, even when the answer could not begin; until then the server does not stop.
      await Promise.resolve(events.return?.()).finally(() => this.open.delete(controller));
    }
  }

  private start(response: ServerResponse): void {
    this.reply.hijack();
    stateOf(this.request).giveTicketBack = null; // it has been used
    response.writeHead(200, {
      ...(this.reply.getHeaders() as OutgoingHttpHeaders),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
  }

  private async relay(
    response: ServerResponse,
    events: AsyncIterator<ServerEvent>,
    first: IteratorResult<ServerEvent>,
    controller: AbortController,
  ): Promise<void> {
    response.on('error', () => undefined); // a write that meets a closed socket: its 'close' has aborted everything
    const heartbeat = setInterval(() => response.write(': keep-alive\n\n'), HEARTBEAT_MS);
    let id = 0;
    try {
      for (let next = first; next.done !== true; next = await events.next()) {
        controller.signal.throwIfAborted(); // a producer that does not notice must not go on talking to nobody
        await write(response, frame(++id, next.value), controller);
      }
      controller.signal.throwIfAborted();
    } catch (error) {
      const problem = this.problemOf(error, controller.signal);
      if (!response.destroyed) response.write(frame(++id, { event: 'error', data: this.inWords(problem) }));
    } finally {
      clearInterval(heartbeat);
      response.end();
      await events.return?.();
    }
  }

  private problemOf(error: unknown, signal: AbortSignal): HttpProblem {
    if (signal.reason instanceof ShuttingDown) return new HttpProblem('shutting_down');
    if (signal.reason instanceof DomainError) return problemOf(signal.reason);
    const problem = problemOf(error);
    if (!signal.aborted) this.onFailure(problem);
    return problem;
  }

  private inWords(problem: HttpProblem): object {
    stateOf(this.request).problem = problem.code;
    return problemDocument(problem, preferredLanguage(this.request.headers['accept-language']), this.request.id);
  }
}

/** `event:` and `id:` are ours only; JSON holds no line break, so nothing that is sent can start a field of its own. */
export const frame = (id: number, { event, data }: ServerEvent): string => `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

async function write(response: ServerResponse, text: string, controller: AbortController): Promise<void> {
  if (response.write(text)) return;
  if (response.writableLength > MAX_BUFFERED_BYTES) {
    cut(response, controller);
    return;
  }
  const patience = setTimeout(() => cut(response, controller), DRAIN_MS);
  try {
    await once(response, 'drain', { signal: controller.signal });
  } finally {
    clearTimeout(patience);
  }
}

function cut(response: ServerResponse, controller: AbortController): void {
  controller.abort(new Error('the client does not read'));
  response.destroy();
}

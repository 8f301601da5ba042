import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, HttpCode, Module, Post, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Caller } from '@aegis/application/shared/caller';
import { KeyStanding, type OpenKey } from '@aegis/application/shared/key-standing';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { InMemoryRateLimiter } from '@aegis/infrastructure/rate-limit/in-memory-rate-limiter';
import { PinoLog } from '@aegis/infrastructure/telemetry/logger';
import { PrometheusMetrics } from '@aegis/infrastructure/telemetry/metrics';
import { OtelTraceContext } from '@aegis/infrastructure/telemetry/otel-trace-context';
import { RequireScope } from '@aegis/presentation/http/access';
import { configureHttp } from '@aegis/presentation/http/configure-http';
import { AnswerStream, RequestSignal } from '@aegis/presentation/http/current-caller';
import { EventStream, type ServerEvent } from '@aegis/presentation/http/event-stream';
import { createHttpAdapter } from '@aegis/presentation/http/http-adapter';
import { OpenStreams } from '@aegis/presentation/http/open-streams';
import { Reply } from '@aegis/presentation/http/reply';
import { UndeclaredAccess } from '@aegis/presentation/http/route-table';

const caller: Caller = {
  tenantId: TenantId.parse('0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11'),
  keyId: ApiKeyId.parse('0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e12'),
  keyName: 'test',
  scopes: ['query'],
  rateLimitRps: null,
};

/** What the producers of a test saw. */
interface Seen {
  produced: number;
  abortedAt: number | null;
  finished: boolean;
}

function producers(seen: Seen) {
  async function* endless(signal: AbortSignal, size: number, pauseMs: number): AsyncGenerator<ServerEvent> {
    signal.addEventListener('abort', () => (seen.abortedAt = performance.now()));
    try {
      while (!signal.aborted) {
        seen.produced += 1;
        yield { event: 'token', data: { content: '가'.repeat(size) } };
        if (pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    } finally {
      seen.finished = true;
    }
  }
  async function* failing(): AsyncGenerator<ServerEvent> {
    yield { event: 'token', data: { content: 'a\nevent: done\n\nb' } };
    await sleep(1);
    throw new Error('the secret text of an error');
  }
  /** What a provider makes of an abort before it said anything. */
  async function* silent(signal: AbortSignal): AsyncGenerator<ServerEvent> {
    await sleep(10_000, undefined, { signal }).catch(() => undefined);
    yield await Promise.reject(new Error('socket hang up'));
  }
  return { endless, failing, silent };
}

function streamsOf(seen: Seen): Type {
  const { endless, failing, silent } = producers(seen);
  @Controller()
  class Streams {
    @Post('slow')
    @HttpCode(200)
    @RequireScope('query')
    slow(@AnswerStream() stream: EventStream): Promise<void> {
      return stream.send((signal) => endless(signal, 1, 20));
    }

    @Post('flood')
    @HttpCode(200)
    @RequireScope('query')
    flood(@AnswerStream() stream: EventStream): Promise<void> {
      return stream.send((signal) => endless(signal, 1_000, 0));
    }

    /** As a stream with an idempotency key: something is asked before it begins. */
    @Post('late')
    @HttpCode(200)
    @RequireScope('query')
    async late(@AnswerStream() stream: EventStream): Promise<void> {
      await sleep(200);
      return stream.send((signal) => endless(signal, 1, 20));
    }

    /** As a stream with an idempotency key: something is written down after it. */
    @Post('tidy')
    @HttpCode(200)
    @RequireScope('query')
    async tidy(@AnswerStream() stream: EventStream): Promise<void> {
      await stream.send((signal) => endless(signal, 1, 20)).catch(() => undefined);
      seen.finished = false;
      await sleep(400);
      seen.finished = true;
    }

    @Post('silent')
    @HttpCode(200)
    @RequireScope('query')
    silent(@AnswerStream() stream: EventStream): Promise<void> {
      return stream.send(silent);
    }

    @Post('work')
    @HttpCode(200)
    @RequireScope('query')
    async work(@RequestSignal() signal: AbortSignal): Promise<void> {
      await sleep(10_000, undefined, { signal }).catch(() => undefined);
      seen.finished = true;
    }

    @Post('failing')
    @HttpCode(200)
    @RequireScope('query')
    fail(@AnswerStream() stream: EventStream): Promise<void> {
      return stream.send(failing);
    }

    @Get('pieces')
    @RequireScope('query')
    pieces(): Reply<AsyncIterable<string>> {
      return new Reply(endlessText(seen), { 'content-type': 'text/csv; charset=utf-8' });
    }

    @Get('bug')
    @RequireScope('query')
    bug(): never {
      throw new Error('SELECT secret FROM documents');
    }
  }
  return Streams;
}

async function* endlessText(seen: Seen): AsyncGenerator<string> {
  for (;;) {
    seen.produced += 1;
    yield await Promise.resolve('가,나\r\n');
  }
}

class GoodKeys extends KeyStanding {
  of(keys: readonly OpenKey[]): Promise<ReadonlyMap<ApiKeyId, 'good'>> {
    return Promise.resolve(new Map(keys.map(({ keyId }) => [keyId, 'good'])));
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let patience = 0; !holds() && patience < 400; patience += 1) await sleep(25);
}

async function start(
  controller: Type,
  lines: string[] = [],
): Promise<{ app: NestFastifyApplication; metrics: PrometheusMetrics; openStreams: OpenStreams }> {
  @Module({ controllers: [controller] })
  class TestModule {}

  const app = await NestFactory.create<NestFastifyApplication>(TestModule, createHttpAdapter(), {
    bodyParser: false,
    abortOnError: false,
    logger: false,
  });
  const metrics = new PrometheusMetrics({ processMetrics: false });
  const openStreams = new OpenStreams(100);
  await configureHttp(app, {
    authenticator: { authenticate: () => Promise.resolve(caller) },
    administrators: { identify: () => Promise.resolve(null) },
    adminCalls: { append: () => Promise.resolve() },
    keyStanding: new GoodKeys(),
    tickets: { execute: () => Promise.reject(new Error('no tickets here')) },
    rateLimiter: new InMemoryRateLimiter(),
    rateLimitRps: 1_000,
    readTimeoutMs: 10_000,
    log: new PinoLog({ level: 'info', name: 'test', destination: { write: (line: string) => void lines.push(line) } }),
    metrics,
    traces: new OtelTraceContext(),
    openStreams,
  });
  await app.init();
  return { app, metrics, openStreams };
}

describe('event streams', () => {
  const seen: Seen = { produced: 0, abortedAt: null, finished: false };
  const lines: string[] = [];
  let running: Awaited<ReturnType<typeof start>>;

  beforeEach(async () => {
    Object.assign(seen, { produced: 0, abortedAt: null, finished: false });
    running = await start(streamsOf(seen), lines);
    await running.app.listen(0, '127.0.0.1');
  });
  afterEach(() => running.app.close());

  function open(path: string): Promise<{ asked: ClientRequest; response: IncomingMessage }> {
    const { port } = running.app.getHttpServer().address() as AddressInfo;
    return new Promise((resolve, reject) => {
      const asked = request(
        { port, host: '127.0.0.1', method: 'POST', path, headers: { authorization: 'Bearer x', 'content-length': '0' } },
        (response) => {
          response.on('error', () => undefined);
          resolve({ asked, response });
        },
      );
      asked.on('error', reject);
      asked.end();
    });
  }

  async function textOf(response: IncomingMessage): Promise<string> {
    let text = '';
    for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString('utf8');
    return text;
  }

  it('stop the producer within 500 ms when the client goes away', async () => {
    let reactionMs = Infinity;
    // Another process may have the machine for a moment: the best of five counts.
    for (let attempt = 0; attempt < 5 && reactionMs >= 500; attempt += 1) {
      Object.assign(seen, { abortedAt: null, finished: false });
      const { asked, response } = await open('/slow');
      response.resume();
      await sleep(100);
      const leftAt = performance.now();
      asked.destroy();
      for (let patience = 0; !seen.finished && patience < 200; patience += 1) await sleep(25);
      expect(seen.finished).toBe(true);
      reactionMs = (seen.abortedAt ?? Infinity) - leftAt;
    }
    expect(reactionMs).toBeLessThan(500);
    expect(running.openStreams.openCount).toBe(0);
    const line = () =>
      lines.map((text) => JSON.parse(text) as { route: string; status: number }).findLast(({ route }) => route === '/v1/slow');
    await until(() => line() !== undefined); // it is written behind the end of the producer
    expect(line()?.status).toBe(499);
  });

  it('do not begin for a client that went away before', async () => {
    const arrived = once(running.app.getHttpServer(), 'request');
    const left = open('/late').catch(() => null);
    await arrived;
    await sleep(50);
    running.app.getHttpServer().closeAllConnections();
    await left;
    await sleep(600);
    expect(seen.produced).toBeLessThan(2);
    expect(running.openStreams.openCount).toBe(0);
  });

  it('are counted, and no other work is', async () => {
    const work = open('/work').catch(() => null);
    const { asked, response } = await open('/slow');
    response.resume();
    await sleep(50);
    expect(running.openStreams.openCount).toBe(1);
    asked.destroy();
    running.app.getHttpServer().closeAllConnections();
    await work;
    await until(() => seen.finished && running.openStreams.openCount === 0);
    expect(running.openStreams.openCount).toBe(0);
  });

  it('wait for a client that does not read', async () => {
    const { asked, response } = await open('/flood');
    response.pause();
    // Until the buffers in between are full, which takes a busy machine its time.
    let produced = -1;
    while (produced !== seen.produced && seen.produced < 20_000) {
      ({ produced } = seen);
      await sleep(500);
    }
    expect(seen.produced).toBe(produced);
    expect(produced).toBeLessThan(20_000);
    asked.destroy();
  });

  it('end with an error event that tells nothing of the cause, and what was sent starts no field of its own', async () => {
    const text = await textOf((await open('/failing')).response);
    const blocks = text.trim().split('\n\n');
    expect(blocks).toHaveLength(2);
    expect(blocks[0]).toBe('id: 1\nevent: token\ndata: {"content":"a\\nevent: done\\n\\nb"}');
    expect(blocks[1]).toMatch(/^id: 2\nevent: error\ndata: \{/);
    expect(JSON.parse(blocks[1]?.split('data: ')[1] ?? '')).toMatchObject({ code: 'internal_error', status: 500 });
    expect(text + lines.join('')).not.toContain('secret');
    expect(lines.join('')).toContain('request failed');
  });

  it('are told when the server stops, and new requests are turned away', async () => {
    const { response } = await open('/slow');
    const text = textOf(response);
    await sleep(50);
    const stopping = running.openStreams.beforeApplicationShutdown();
    const refused = await running.app.inject({ method: 'GET', url: '/bug', headers: { authorization: 'Bearer x' } });
    expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([503, 'shutting_down']);
    await stopping;
    const last = (await text).trim().split('\n\n').at(-1) ?? '';
    expect(last).toContain('event: error');
    expect(last).toContain('"code":"shutting_down"');
  });

  it('have time to tidy up behind their last event', async () => {
    const { response } = await open('/tidy');
    const text = textOf(response);
    await sleep(50);
    await running.openStreams.beforeApplicationShutdown();
    expect(await text).toContain('"code":"shutting_down"');
    expect(seen.finished).toBe(true);
  });

  it('that have not begun are told too', async () => {
    const asked = open('/silent');
    await sleep(50);
    await running.openStreams.beforeApplicationShutdown();
    const { response } = await asked;
    expect(response.statusCode).toBe(503);
    expect(JSON.parse(await textOf(response))).toMatchObject({ code: 'shutting_down' });
  });

  it('count as requests in the metrics, by route template', async () => {
    await textOf((await open('/failing')).response);
    await running.app.inject({ url: '/bug', headers: { authorization: 'Bearer x' } });
    const { text } = await running.metrics.exposition();
    expect(text).toContain('http_server_request_duration_seconds_count{method="POST",route="/v1/failing",status="200"} 1');
    expect(text).toContain('http_server_request_duration_seconds_count{method="GET",route="/v1/bug",status="500"} 1');
  });
});

describe('a bug of ours', () => {
  it('is a 500 that shows nothing, and a log line that shows where', async () => {
    const lines: string[] = [];
    const { app } = await start(streamsOf({ produced: 0, abortedAt: null, finished: false }), lines);
    const answer = await app.inject({ url: '/bug', headers: { authorization: 'Bearer x', 'x-request-id': 'find-me' } });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([500, 'internal_error']);
    const log = lines.join('');
    expect(answer.body + log).not.toContain('SELECT');
    expect(log).toContain('find-me');
    expect(log).toContain('http-layer.spec');
    await app.close();
  });
});

describe('the trace of a request', () => {
  const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
  const PARENT = '00f067aa0ba902b7';
  const NEW = /^(?!0+$)[0-9a-f]{32}$/;
  const untilTheEnd = (response: IncomingMessage): unknown => response.resume();
  const lines: string[] = [];
  let app: NestFastifyApplication;
  beforeAll(async () => {
    ({ app } = await start(streamsOf({ produced: 0, abortedAt: null, finished: false }), lines));
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => app.close());

  /** Of every line that was written for the request, over a socket. */
  async function tracesOf(path: string, headers: readonly string[], read = untilTheEnd): Promise<readonly string[]> {
    const { port } = app.getHttpServer().address() as AddressInfo;
    lines.length = 0;
    await new Promise((resolve, reject) => {
      const about = ['host', 'localhost', 'authorization', 'Bearer x', 'content-type', 'application/json', 'content-length', '2'];
      const asked = request({ port, host: '127.0.0.1', method: 'POST', path, headers: [...about, ...headers] }, (response) => {
        response.on('close', resolve).on('error', () => undefined);
        read(response);
      });
      asked.on('error', reject);
      asked.write('{');
      setTimeout(() => asked.end('}'), 20); // the rest of a body comes in a turn of its own
    });
    while (!lines.some((line) => line.includes('"msg":"request"'))) await sleep(5);
    return lines.map((line) => (JSON.parse(line) as { traceId: string }).traceId);
  }

  it('is the one that the caller names, in every line that the request leaves', async () => {
    expect(await tracesOf('/failing', ['traceparent', `00-${TRACE}-${PARENT}-01`])).toEqual([TRACE, TRACE]);
  });

  it('is known when a client leaves, too', async () => {
    const traces = await tracesOf('/slow', ['traceparent', `00-${TRACE}-${PARENT}-01`], (response) => response.destroy());
    expect(traces).toEqual([TRACE]);
  });

  it('is a new one where the caller names none that can be read, and nothing is refused for it', async () => {
    const given = [[], ['traceparent', `00-${'0'.repeat(32)}-${PARENT}-01`], ['traceparent', 'no trace']];
    const twice = ['traceparent', `00-${TRACE}-${PARENT}-01`];
    const seen = [];
    for (const headers of [...given, [...twice, ...twice]]) {
      const [first = '', second] = await tracesOf('/failing', headers);
      expect(first).toMatch(NEW);
      expect(second).toBe(first);
      seen.push(first);
    }
    expect(seen).not.toContain(TRACE);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('HEAD', () => {
  it('tells the headers of an answer that comes in pieces, and fetches none of them', async () => {
    const seen: Seen = { produced: 0, abortedAt: null, finished: false };
    const { app } = await start(streamsOf(seen));
    const { statusCode, headers, body } = await app.inject({ method: 'HEAD', url: '/pieces', headers: { authorization: 'Bearer x' } });
    await sleep(50);
    expect([statusCode, headers['content-type'], body, seen.produced]).toEqual([200, 'text/csv; charset=utf-8', '', 0]);
    await app.close();
  });
});

describe('a route without declared access', () => {
  it('ends the start', async () => {
    @Controller('open')
    class Forgotten {
      @Get()
      read(): string {
        return 'anybody';
      }
    }
    await expect(start(Forgotten)).rejects.toThrow(UndeclaredAccess);
  });
});

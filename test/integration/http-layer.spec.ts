import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, HttpCode, Module, Post, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Caller } from '@aegis/application/shared/caller';
import { KeyStanding } from '@aegis/application/shared/key-standing';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { InMemoryRateLimiter } from '@aegis/infrastructure/rate-limit/in-memory-rate-limiter';
import { PinoLog } from '@aegis/infrastructure/telemetry/logger';
import { PrometheusMetrics } from '@aegis/infrastructure/telemetry/metrics';
import { RequireScope } from '@aegis/presentation/http/access';
import { configureHttp } from '@aegis/presentation/http/configure-http';
import { AnswerStream, RequestSignal } from '@aegis/presentation/http/current-caller';
import { EventStream, type ServerEvent } from '@aegis/presentation/http/event-stream';
import { createHttpAdapter } from '@aegis/presentation/http/http-adapter';
import { OpenStreams } from '@aegis/presentation/http/open-streams';
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

    @Get('bug')
    @RequireScope('query')
    bug(): never {
      throw new Error('SELECT secret FROM documents');
    }
  }
  return Streams;
}

class GoodKeys extends KeyStanding {
  of(_tenantId: TenantId, keyIds: readonly ApiKeyId[]): Promise<ReadonlyMap<ApiKeyId, 'good'>> {
    return Promise.resolve(new Map(keyIds.map((id) => [id, 'good'])));
  }
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
    log: new PinoLog({ level: 'info', name: 'test', destination: { write: (line: string) => void lines.push(line) } }),
    metrics,
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
    const line = lines.map((text) => JSON.parse(text) as { route: string; status: number }).findLast(({ route }) => route === '/v1/slow');
    expect(line?.status).toBe(499);
  });

  it('do not begin for a client that went away before', async () => {
    const left = open('/late').catch(() => null);
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
    for (let patience = 0; !seen.finished && patience < 200; patience += 1) await sleep(25);
    expect(running.openStreams.openCount).toBe(0);
  });

  it('wait for a client that does not read', async () => {
    const { asked, response } = await open('/flood');
    response.pause();
    await sleep(300);
    const produced = seen.produced;
    await sleep(500);
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

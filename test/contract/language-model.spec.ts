import type { GenerationEvent, GenerationRequest, LanguageModel } from '@aegis/application/providers/language-model';
import { ProviderError } from '@aegis/application/providers/provider-error';
import { ExtractiveLanguageModel } from '@aegis/infrastructure/providers/language-model/extractive-language-model';
import { OllamaLanguageModel } from '@aegis/infrastructure/providers/language-model/ollama-language-model';
import { OpenAiCompatibleLanguageModel } from '@aegis/infrastructure/providers/language-model/openai-compatible-language-model';
import { ScriptedLanguageModel, quoteFirstSource } from '@aegis/infrastructure/providers/language-model/scripted-language-model';
import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChatProtocolServer, MODEL, SPOKEN, USAGE, type ChatProtocol, type ChatServerMode } from '../support/chat-protocol-server';

/** For a server that answers, on a machine as busy as it may be. */
const patient = { firstTokenMs: 10_000, idleMs: 9_000, totalMs: 20_000 };
/** For a server that does not. */
const deadlines = { firstTokenMs: 400, idleMs: 300, totalMs: 1_500 };
/** What the contract promises of a client that goes away. */
const CANCELS_WITHIN_MS = 500;
const CLOSES_WITHIN_MS = 5_000; // what is not closed stays open for ever: room for a busy machine costs nothing

function aRequest(about: Partial<GenerationRequest> = {}): GenerationRequest {
  const content = '2023년 3분기 매출은 42억원이다. The revenue of Q3 2023 was 4.2 billion won.';
  return {
    query: '2023년 3분기 매출은?',
    language: 'ko',
    sources: [{ number: 1, content, filename: '실적.pdf', page: 3, section: '실적' }],
    messages: [
      { role: 'system', content: '자료만으로 답하십시오.' },
      { role: 'user', content: `[1] ${content}\n질문: 2023년 3분기 매출은?` },
    ],
    maxTokens: 64,
    signal: new AbortController().signal,
    ...about,
  };
}

interface Heard {
  readonly tokens: readonly string[];
  readonly last: GenerationEvent | undefined;
  readonly usageEvents: number;
  readonly error: unknown;
  readonly ms: number;
}

async function listen(model: LanguageModel, request: GenerationRequest): Promise<Heard> {
  const started = performance.now();
  const events: GenerationEvent[] = [];
  let error: unknown;
  try {
    for await (const event of model.generate(request)) events.push(event);
  } catch (caught) {
    error = caught;
  }
  const tokens = events.flatMap((event) => (event.type === 'token' ? [event.content] : []));
  const usageEvents = events.filter(({ type }) => type === 'usage').length;
  return { tokens, last: events.at(-1), usageEvents, error, ms: performance.now() - started };
}

const reasonOf = (error: unknown): string => (error instanceof ProviderError ? error.reason : String(error));

async function eventually(holds: () => boolean, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (!holds() && performance.now() < end) await sleep(5);
  return holds();
}

describe.each(['extractive', 'scripted'])('language model without a server: %s', (provider) => {
  const create = () => (provider === 'extractive' ? new ExtractiveLanguageModel() : new ScriptedLanguageModel('test', quoteFirstSource));

  it('streams increments and ends with usage, once', async () => {
    const heard = await listen(create(), aRequest());
    expect(heard.error).toBeUndefined();
    expect(heard.tokens.join('')).toContain('42억원');
    expect(heard.tokens.join('')).toContain('[1]');
    expect(heard.tokens).not.toContain('');
    expect(heard.last?.type).toBe('usage');
    expect(heard.usageEvents).toBe(1);
  });

  it('ends as cancelled when the caller has left', async () => {
    const heard = await listen(create(), aRequest({ signal: AbortSignal.abort() }));
    expect(reasonOf(heard.error)).toBe('cancelled');
  });
});

describe.each<ChatProtocol>(['ollama', 'openai'])('language model over the network: %s', (protocol) => {
  let server: ChatProtocolServer;
  let model: LanguageModel;

  function create(baseUrl: string, name = MODEL, deadlines = patient): LanguageModel {
    return protocol === 'ollama'
      ? new OllamaLanguageModel({ baseUrl, model: name, deadlines, contextTokens: 4_096 })
      : new OpenAiCompatibleLanguageModel({ baseUrl, model: name, deadlines, apiKey: 'key-of-the-test' });
  }

  beforeEach(async () => {
    server = await ChatProtocolServer.start(protocol);
    model = create(server.baseUrl);
  });
  afterEach(() => server.stop());

  const listenIn = (mode: ChatServerMode, about: Partial<GenerationRequest> = {}) => {
    server.mode = mode;
    return listen(model, aRequest(about));
  };

  it('streams what the server says, in its pieces, and its count', async () => {
    const heard = await listenIn('ok');
    expect(heard.error).toBeUndefined();
    expect(heard.tokens).toEqual(SPOKEN);
    expect(heard.last).toEqual({ type: 'usage', ...USAGE });
    expect(heard.usageEvents).toBe(1);
  });

  it('sends the messages, the limit and the key', async () => {
    await listenIn('ok', { maxTokens: 17 });
    const [sent] = server.requests;
    const body = JSON.parse(sent?.body ?? '{}') as Record<string, unknown>;
    expect(body['messages']).toEqual(aRequest().messages);
    expect(body['model']).toBe(MODEL);
    expect(protocol === 'ollama' ? body['options'] : body).toMatchObject({
      temperature: 0,
      [protocol === 'ollama' ? 'num_predict' : 'max_tokens']: 17,
    });
    expect(sent?.headers.authorization).toBe(protocol === 'ollama' ? undefined : 'Bearer key-of-the-test');
  });

  it('gives whole characters though every byte comes alone', async () => {
    const heard = await listenIn('split_character');
    expect(heard.tokens).toEqual(SPOKEN);
  });

  it('ends once though the server ends twice', async () => {
    const heard = await listenIn('end_twice');
    expect(heard.tokens).toEqual(SPOKEN);
    expect(heard.usageEvents).toBe(1);
  });

  it('ends though the server keeps the line open after the answer', async () => {
    const heard = await listenIn('finish_then_hang');
    expect(heard.error).toBeUndefined();
    expect(heard.tokens).toEqual(SPOKEN);
    expect(heard.last).toEqual({ type: 'usage', ...USAGE });
    expect(heard.ms).toBeLessThan(8_000); // the server never closes the line
    expect(await eventually(() => server.openAnswers === 0, CLOSES_WITHIN_MS)).toBe(true);
  });

  it('counts itself when the count cannot be', async () => {
    const heard = await listenIn('wrong_usage');
    expect(heard.tokens).toEqual(SPOKEN);
    const usage = heard.last?.type === 'usage' ? heard.last : null;
    expect(usage?.promptTokens).toBeGreaterThanOrEqual(USAGE.promptTokens);
    expect(usage?.promptTokens).toBeLessThan(200);
    expect(usage?.completionTokens).toBeGreaterThanOrEqual(USAGE.completionTokens);
    expect(usage?.completionTokens).toBeLessThanOrEqual(64);
  });

  it('tries once more before the first token', async () => {
    const heard = await listenIn('unavailable_once');
    expect(heard.tokens).toEqual(SPOKEN);
    expect(server.chatRequests).toBe(2);
  });

  it('stops an answer that does not end at the tokens that were paid for', async () => {
    const heard = await listenIn('endless');
    expect(heard.error).toBeUndefined();
    expect(heard.tokens).toHaveLength(64);
    expect(heard.last).toMatchObject({ type: 'usage', completionTokens: 64 });
    expect(await eventually(() => server.openAnswers === 0 && server.openSockets <= 1, CLOSES_WITHIN_MS)).toBe(true);
  });

  it.each<[ChatServerMode, string, number]>([
    ['html', 'bad_answer', 1],
    ['html_without_end', 'bad_answer', 1],
    ['redirect', 'bad_answer', 1],
    ['refused', 'refused', 1],
    ['too_many_requests', 'unavailable', 1],
    ['busy_for_five_seconds', 'unavailable', 1],
    ['huge_line', 'bad_answer', 1],
    ['broken_utf8', 'bad_answer', 1],
    ['malformed_line', 'bad_answer', 1],
    ['empty_answer', 'bad_answer', 1],
    ['error_in_stream', 'unavailable', 1],
    ['close_mid_chunk', 'unavailable', 1],
    ['close_between_tokens', 'unavailable', 1],
  ])('fails by name when the server does: %s is %s', async (mode, reason, requests) => {
    const heard = await listenIn(mode);
    expect(reasonOf(heard.error)).toBe(reason);
    expect(server.chatRequests).toBe(requests);
    expect(heard.usageEvents).toBe(0);
    expect(String(heard.error)).not.toContain('비밀');
    expect(
      (await eventually(() => server.openAnswers === 0 && server.openSockets <= 1, CLOSES_WITHIN_MS)) ||
        mode === 'refused' ||
        mode === 'too_many_requests',
    ).toBe(true);
  });

  it.each<[ChatServerMode, number]>([
    ['silence', deadlines.firstTokenMs],
    ['headers_then_hang', deadlines.firstTokenMs],
    ['dribble', deadlines.firstTokenMs],
    ['token_then_hang', deadlines.idleMs],
    ['slow_tokens', deadlines.totalMs],
  ])('keeps its deadline when the server does not: %s', async (mode, deadlineMs) => {
    // Where pieces keep coming, the one deadline is that of the whole: a pause of the machine must not be taken for the server's.
    model = create(server.baseUrl, MODEL, mode === 'slow_tokens' ? { ...patient, totalMs: deadlines.totalMs } : deadlines);
    const heard = await listenIn(mode, { maxTokens: 10_000 });
    expect(reasonOf(heard.error)).toBe('timeout');
    expect(heard.ms).toBeGreaterThan(deadlineMs - 50);
    expect(heard.ms).toBeLessThan(deadlineMs + 10_000); // the server never ends
    expect(server.chatRequests).toBeLessThanOrEqual(1);
    expect(await eventually(() => server.openAnswers === 0 && server.openSockets <= 1, CLOSES_WITHIN_MS)).toBe(true);
  });

  it('is unavailable when nobody listens', async () => {
    await server.stop();
    const heard = await listen(model, aRequest());
    expect(reasonOf(heard.error)).toBe('unavailable');
    server = await ChatProtocolServer.start(protocol);
  });

  it('is not asked for a while after failing often, also when it fails half-way', async () => {
    for (let n = 0; n < 5; n += 1) expect(reasonOf((await listenIn('close_mid_chunk')).error)).toBe('unavailable');
    const heard = await listenIn('ok');
    expect(reasonOf(heard.error)).toBe('breaker_open');
    expect(server.chatRequests).toBe(5);
  });

  it.each<ChatServerMode>(['silence', 'headers_then_hang', 'slow_tokens', 'token_then_hang'])(
    'closes the connection within half a second when the caller leaves: %s',
    async (mode) => {
      let reactionMs = Infinity;
      // Another process may have the machine for a moment: the best of five counts. None may need the deadlines' help.
      for (let attempt = 0; attempt < 5 && reactionMs >= CANCELS_WITHIN_MS; attempt += 1) {
        const caller = new AbortController();
        const listening = listenIn(mode, { signal: caller.signal, maxTokens: 100_000 });
        expect(await eventually(() => server.openAnswers === 1, patient.idleMs)).toBe(true);
        await sleep(150);
        expect(server.openAnswers).toBe(1);
        const leftAt = performance.now();
        caller.abort();
        expect(reasonOf((await listening).error)).toBe('cancelled');
        expect(await eventually(() => server.openAnswers === 0 && server.openSockets <= 1, CLOSES_WITHIN_MS)).toBe(true);
        expect(server.closedAt).toBeGreaterThanOrEqual(leftAt);
        reactionMs = server.closedAt - leftAt;
      }
      expect(reactionMs).toBeLessThan(CANCELS_WITHIN_MS);
    },
  );

  it('closes the connection when the reader stops early', async () => {
    server.mode = 'slow_tokens';
    for await (const event of model.generate(aRequest({ maxTokens: 10_000 }))) if (event.type === 'token') break;
    expect(await eventually(() => server.openAnswers === 0 && server.openSockets <= 1, CLOSES_WITHIN_MS)).toBe(true);
  });

  it('does not count the time that a slow reader takes', async () => {
    const idleMs = 1_500;
    model = create(server.baseUrl, MODEL, { ...patient, idleMs });
    server.mode = 'ok';
    const heard: string[] = [];
    for await (const event of model.generate(aRequest())) {
      if (event.type !== 'token') continue;
      if (heard.length === 0) await sleep(idleMs + 100);
      heard.push(event.content);
    }
    expect(heard).toEqual(SPOKEN);
  });

  it('leaves no listener on the signal of its caller', async () => {
    const caller = new AbortController();
    await listenIn('ok', { signal: caller.signal });
    await listenIn('close_mid_chunk', { signal: caller.signal });
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  });

  it('checks that the model is there', async () => {
    const { signal } = new AbortController();
    await expect(model.check(signal)).resolves.toBeUndefined();
    await expect(create(server.baseUrl, 'absent').check(signal)).rejects.toMatchObject({ reason: 'refused' });
    await server.stop();
    await expect(model.check(signal)).rejects.toMatchObject({ reason: 'unavailable' });
    server = await ChatProtocolServer.start(protocol);
  });
});

describe('OpenAiCompatibleLanguageModel', () => {
  it('gives up what a model does not take, and remembers it', async () => {
    const server = await ChatProtocolServer.start('openai');
    try {
      server.mode = 'picky';
      const model = new OpenAiCompatibleLanguageModel({ baseUrl: server.baseUrl, model: MODEL, deadlines: patient, apiKey: undefined });
      expect((await listen(model, aRequest())).tokens).toEqual(SPOKEN);
      expect(server.chatRequests).toBe(3);
      expect((await listen(model, aRequest())).tokens).toEqual(SPOKEN);
      expect(server.chatRequests).toBe(4);
      expect(JSON.parse(server.requests.at(-1)?.body ?? '{}')).toMatchObject({ max_completion_tokens: 64 });
    } finally {
      await server.stop();
    }
  });
});

describe('OllamaLanguageModel', () => {
  it('forbids the server to cut the prompt, and keeps the model loaded at one size', async () => {
    const server = await ChatProtocolServer.start('ollama');
    try {
      const model = new OllamaLanguageModel({ baseUrl: server.origin, model: MODEL, deadlines: patient, contextTokens: 4_096 });
      await listen(model, aRequest());
      const sent: unknown = JSON.parse(server.requests[0]?.body ?? '{}');
      expect(sent).toMatchObject({ truncate: false, shift: false, keep_alive: '30m', think: false, options: { num_ctx: 4_096 } });
      expect(server.requests.map(({ path }) => path)).toEqual(['/api/chat']);
    } finally {
      await server.stop();
    }
  });
});

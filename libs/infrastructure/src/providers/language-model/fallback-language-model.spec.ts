import type { GenerationEvent, GenerationRequest, LanguageModel } from '@aegis/application/providers/language-model';
import { ExtractiveLanguageModel } from './extractive-language-model';
import { FallbackLanguageModel, type Fallback } from './fallback-language-model';
import { ScriptedLanguageModel, type ScriptedAnswer } from './scripted-language-model';

const request = (signal = new AbortController().signal): GenerationRequest => ({
  query: '매출은?',
  language: 'ko',
  sources: [{ number: 1, content: '매출은 42억원이다.', filename: '실적.pdf', page: 1, section: '' }],
  messages: [{ role: 'user', content: '매출은?' }],
  maxTokens: 50,
  signal,
});

const scripted = (name: string, tokens: readonly string[], ending: ScriptedAnswer['ending'] = 'finish') =>
  new ScriptedLanguageModel(name, [{ tokens, delayMs: 0, ending }]);

async function ask(models: readonly [LanguageModel, ...LanguageModel[]], signal?: AbortSignal, model?: string) {
  const fallbacks: Fallback[] = [];
  const events: GenerationEvent[] = [];
  let error: unknown;
  try {
    for await (const event of new FallbackLanguageModel(models, (each) => fallbacks.push(each)).generate({
      ...request(signal),
      ...(model !== undefined && { model }),
    }))
      events.push(event);
  } catch (caught) {
    error = caught;
  }
  return { events, error, fallbacks: fallbacks.map(({ from, to, failure }) => `${from.model} → ${to.model}: ${failure.reason}`) };
}

describe('FallbackLanguageModel', () => {
  it('says who answers first, and that nothing is amiss', async () => {
    const { events, fallbacks } = await ask([scripted('가', ['42억원']), scripted('나', ['아니오'])]);
    expect(events.map(({ type }) => type)).toEqual(['model', 'token', 'usage']);
    expect(events[0]).toEqual({ type: 'model', provider: 'scripted', model: '가', degraded: false });
    expect(fallbacks).toEqual([]);
  });

  it('asks the next one when nothing was said, down to the quotes', async () => {
    const { events, fallbacks } = await ask([scripted('가', [], 'timeout'), scripted('나', [], 'refused'), new ExtractiveLanguageModel()]);
    expect(events[0]).toEqual({ type: 'model', provider: 'extractive', model: 'extractive', degraded: true });
    expect(events.some((event) => event.type === 'token' && event.content.includes('42억원'))).toBe(true);
    expect(fallbacks).toEqual(['가 → 나: timeout', '나 → extractive: refused']);
  });

  it('asks a chosen one first, and the others in their order when it fails', async () => {
    const models = [scripted('가', ['1']), scripted('나', ['2']), scripted('다', ['3'])] as const;
    expect((await ask(models, undefined, '다')).events[0]).toEqual({ type: 'model', provider: 'scripted', model: '다', degraded: false });
    const failing = [scripted('가', ['1']), scripted('나', [], 'timeout')] as const;
    const { events, fallbacks } = await ask(failing, undefined, '나');
    expect(events[0]).toEqual({ type: 'model', provider: 'scripted', model: '가', degraded: true });
    expect(fallbacks).toEqual(['나 → 가: timeout']);
    expect((await ask(models, undefined, 'gone')).events[0]).toMatchObject({ model: '가', degraded: false });
  });

  it('does not start over when something was said', async () => {
    const { events, error, fallbacks } = await ask([scripted('가', ['42'], 'unavailable'), new ExtractiveLanguageModel()]);
    expect(events.map(({ type }) => type)).toEqual(['model', 'token']);
    expect(error).toMatchObject({ reason: 'unavailable' });
    expect(fallbacks).toEqual([]);
  });

  it('asks nobody else when the caller leaves', async () => {
    const caller = new AbortController();
    setTimeout(() => caller.abort(), 20);
    const { error, fallbacks } = await ask([scripted('가', [], 'hang'), new ExtractiveLanguageModel()], caller.signal);
    expect(error).toMatchObject({ reason: 'cancelled' });
    expect(fallbacks).toEqual([]);
  });

  it('fails with the last failure, and lets a bug through', async () => {
    expect((await ask([scripted('가', [], 'timeout'), scripted('나', [], 'bad_answer')])).error).toMatchObject({ reason: 'bad_answer' });
    const broken = new ScriptedLanguageModel('다', () => {
      throw new TypeError('a bug of ours');
    });
    expect((await ask([broken, new ExtractiveLanguageModel()])).error).toBeInstanceOf(TypeError);
  });

  it('names all of them as those who may answer, of chains in it too', () => {
    const inner = new FallbackLanguageModel([scripted('나', []), scripted('다', [])], () => undefined);
    const names = new FallbackLanguageModel([scripted('가', []), inner], () => undefined).mayAnswer.map(({ model }) => model);
    expect(names).toEqual(['가', '나', '다']);
    expect(scripted('가', []).mayAnswer).toEqual([{ provider: 'scripted', model: '가' }]);
  });

  it('passes the check when one of them does', async () => {
    const { signal } = new AbortController();
    await expect(new FallbackLanguageModel([scripted('가', [])], () => undefined).check(signal)).resolves.toBeUndefined();
  });
});

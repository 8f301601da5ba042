import { chooseLanguageModel } from '@aegis/infrastructure/providers/language-model/choose-language-model';
import {
  DEFAULT_CONTEXT_TOKENS,
  DEFAULT_DEADLINES,
  type LanguageModelConfig,
} from '@aegis/infrastructure/providers/language-model/language-model-config';
import { ChatProtocolServer, MODEL } from '../support/chat-protocol-server';

describe('chooseLanguageModel', () => {
  let ollama: ChatProtocolServer;
  beforeEach(async () => {
    ollama = await ChatProtocolServer.start('ollama');
  });
  afterEach(() => ollama.stop());

  const aConfig = (about: Partial<LanguageModelConfig> = {}): LanguageModelConfig => ({
    provider: 'auto',
    model: undefined,
    ollamaBaseUrl: ollama.origin,
    openaiBaseUrl: 'http://127.0.0.1:1/v1',
    openaiApiKey: undefined,
    deadlines: DEFAULT_DEADLINES,
    contextTokens: DEFAULT_CONTEXT_TOKENS,
    script: undefined,
    ...about,
  });
  const choose = (config: LanguageModelConfig, fallbacks: Parameters<typeof chooseLanguageModel>[1] = []) =>
    chooseLanguageModel(config, fallbacks, () => undefined, new AbortController().signal);
  const chain = async (...given: Parameters<typeof choose>) => (await choose(...given)).model.models.map(({ identity }) => identity.model);

  it('takes Ollama when it answers, and of its models one that can chat', async () => {
    const { model, why } = await choose(aConfig());
    expect(model.identity).toEqual({ provider: 'ollama', model: MODEL });
    expect(why).toContain(MODEL);
  });

  it('takes the configured model when Ollama has it, with or without a tag', async () => {
    expect((await choose(aConfig({ model: 'small-chat' }))).model.identity.model).toBe('small-chat');
  });

  it('quotes when Ollama lacks the model, does not answer or hangs, and says why', async () => {
    const lacking = await choose(aConfig({ model: 'absent' }));
    expect(lacking.model.identity.provider).toBe('extractive');
    expect(lacking.why).toContain('absent is not installed');
    ollama.mode = 'silence';
    // The server is silent for ever: that there is an answer at all is the proof.
    expect((await choose(aConfig())).model.identity.provider).toBe('extractive');
    const gone = await choose(aConfig({ ollamaBaseUrl: 'http://127.0.0.1:9' }));
    expect(gone.model.identity.provider).toBe('extractive');
    expect(gone.why).toContain('gives no answer');
  });

  it('ends every chain with quotes, once', async () => {
    expect(await chain(aConfig())).toEqual([MODEL, 'extractive']);
    expect(await chain(aConfig({ provider: 'extractive' }))).toEqual(['extractive']);
    const fallbacks = [{ provider: 'openai', model: 'b' }];
    expect(await chain(aConfig({ provider: 'ollama', model: 'a' }), fallbacks)).toEqual(['a', 'b', 'extractive']);
  });

  it('refuses a provider that does not exist, a missing model and a key that cannot be sent, without repeating it', async () => {
    await expect(choose(aConfig({ provider: 'toString' }))).rejects.toThrow('must be one of auto, ollama, openai, extractive, scripted');
    await expect(choose(aConfig({ provider: 'ollama' }))).rejects.toThrow('LLM_MODEL must name the model of ollama');
    const withKey = choose(aConfig({ provider: 'openai', model: 'm', openaiApiKey: 'sk-geheim\n' }));
    await expect(withKey).rejects.toThrow('OPENAI_API_KEY');
    await expect(withKey).rejects.not.toThrow('geheim');
  });
});

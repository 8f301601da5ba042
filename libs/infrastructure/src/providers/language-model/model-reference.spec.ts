import { parseModelReferences } from './model-reference';

describe('parseModelReferences', () => {
  it('reads providers with and without a model, in order', () => {
    expect(parseModelReferences(' ollama:qwen3:4b, openai:gpt-4o-mini ,extractive')).toEqual([
      { provider: 'ollama', model: 'qwen3:4b' },
      { provider: 'openai', model: 'gpt-4o-mini' },
      { provider: 'extractive', model: undefined },
    ]);
  });

  it('reads nothing from nothing', () => {
    expect(parseModelReferences('')).toEqual([]);
    expect(parseModelReferences(' , ollama:')).toEqual([{ provider: 'ollama', model: undefined }]);
  });
});

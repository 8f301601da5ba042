import type { LanguageModel } from '@aegis/application/providers/language-model';
import { ExtractiveLanguageModel } from './extractive-language-model';
import type { LanguageModelConfig } from './language-model-config';
import { OllamaLanguageModel } from './ollama-language-model';
import { OpenAiCompatibleLanguageModel } from './openai-compatible-language-model';
import { ScriptedLanguageModel, quoteFirstSource } from './scripted-language-model';

/** To add a provider: one file beside this one, one line here. Config, docs and contract tests read this list. */
export const languageModels = {
  ollama: (config) => new OllamaLanguageModel({ ...config, baseUrl: config.ollamaBaseUrl, model: namedModel(config) }),
  openai: (config) =>
    new OpenAiCompatibleLanguageModel({
      ...config,
      baseUrl: config.openaiBaseUrl,
      apiKey: config.openaiApiKey,
      model: namedModel(config),
    }),
  extractive: () => new ExtractiveLanguageModel(), // default: no model, quotes
  scripted: (config) => new ScriptedLanguageModel(config.model ?? 'scripted', config.script ?? quoteFirstSource), // tests
} satisfies Record<string, (config: LanguageModelConfig) => LanguageModel>;

export type LanguageModelProvider = keyof typeof languageModels;

/** Throws one clear sentence for a provider that does not exist and for a value that it misses. */
export function createLanguageModel(config: LanguageModelConfig): LanguageModel {
  const { provider } = config;
  if (!isProvider(provider)) {
    throw new Error(`the language model provider must be one of auto, ${Object.keys(languageModels).join(', ')}`);
  }
  return languageModels[provider](config);
}

function isProvider(name: string): name is LanguageModelProvider {
  return Object.hasOwn(languageModels, name);
}

function namedModel({ provider, model }: LanguageModelConfig): string {
  if (model === undefined || model === '') throw new Error(`LLM_MODEL must name the model of ${provider}`);
  return model;
}

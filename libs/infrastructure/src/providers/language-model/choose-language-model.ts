import type { LanguageModel } from '@aegis/application/providers/language-model';
import { ProviderError } from '@aegis/application/providers/provider-error';
import { providerOrigin } from '../provider-address';
import { ExtractiveLanguageModel } from './extractive-language-model';
import { FallbackLanguageModel, type Fallback } from './fallback-language-model';
import type { LanguageModelConfig } from './language-model-config';
import type { ModelReference } from './model-reference';
import { installedModels, isInstalled } from './ollama-models';
import { createLanguageModel } from './registry';

export interface LanguageModelChoice {
  readonly model: FallbackLanguageModel;
  /** For the start's log line. */
  readonly why: string;
}

/**
 * The configured model with those that stand in for it, the extractive one always last. `auto` takes Ollama when it answers now and has
 * the model (without a name: the newest that can chat), else the extractive one.
 */
export async function chooseLanguageModel(
  config: LanguageModelConfig,
  fallbacks: readonly ModelReference[],
  onFallback: (fallback: Fallback) => void,
  signal: AbortSignal,
): Promise<LanguageModelChoice> {
  const { provider, model, why } = config.provider === 'auto' ? await automatic(config, signal) : { ...config, why: 'as configured' };
  const first = createLanguageModel({ ...config, provider, model });
  const others = fallbacks.map((reference) => createLanguageModel({ ...config, ...reference }));
  const chain: [LanguageModel, ...LanguageModel[]] = [first, ...others];
  if (!chain.some((each) => each instanceof ExtractiveLanguageModel)) chain.push(new ExtractiveLanguageModel());
  return { model: new FallbackLanguageModel(chain, onFallback), why };
}

async function automatic(config: LanguageModelConfig, signal: AbortSignal): Promise<ModelReference & { readonly why: string }> {
  const extractive = (why: string) => ({ provider: 'extractive', model: undefined, why });
  const origin = providerOrigin('OLLAMA_BASE_URL', config.ollamaBaseUrl);
  try {
    const installed = await installedModels(origin, signal);
    const model = config.model ?? installed.find(({ chats }) => chats)?.name;
    if (model === undefined) return extractive('Ollama answers but has no chat model');
    if (!isInstalled(model, installed)) return extractive(`Ollama answers but ${model} is not installed`);
    return { provider: 'ollama', model, why: `Ollama answers and has ${model}` };
  } catch (error) {
    if (!(error instanceof ProviderError) || error.reason === 'cancelled') throw error;
    return extractive(`Ollama gives no answer: ${error.message}`);
  }
}

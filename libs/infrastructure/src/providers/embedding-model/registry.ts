import type { EmbeddingModel } from '@aegis/application/providers/embedding-model';
import { providerAddress, providerOrigin } from '../provider-address';
import { OllamaEmbeddings } from './ollama-embeddings';
import { OnnxEmbeddingModel } from './onnx-embedding-model';
import { OpenAiCompatibleEmbeddings } from './openai-compatible-embeddings';
import { RemoteEmbeddingModel } from './remote-embedding-model';

/** The embedding model as configured. A provider reads what it needs; what is missing for it is an error at the start. */
export interface EmbeddingConfig {
  readonly provider: string;
  /** Needed by remote providers; for `onnx` only another name than the one in the folder. */
  readonly model: string | undefined;
  readonly modelDirectory: string;
  /** Undefined: what the model gives. Else remote providers are asked for it, and any other number is an error. */
  readonly dimensions: number | undefined;
  readonly maxTokens: number | undefined;
  readonly queryPrefix: string | undefined;
  readonly passagePrefix: string | undefined;
  readonly ollamaBaseUrl: string;
  readonly openaiBaseUrl: string;
  readonly openaiApiKey: string | undefined;
}

/** To add a provider: one file beside this one, one line here. Config, docs and contract tests read this list. */
export const embeddingModels = {
  onnx: (config) => OnnxEmbeddingModel.open({ ...config, directory: config.modelDirectory, name: config.model }), // default: the bundled folder
  ollama: (config) => {
    const baseUrl = providerOrigin('OLLAMA_BASE_URL', config.ollamaBaseUrl);
    return RemoteEmbeddingModel.open(new OllamaEmbeddings({ baseUrl, model: namedModel(config), dimensions: config.dimensions }), config);
  },
  openai: (config) => {
    const baseUrl = providerAddress('OPENAI_BASE_URL', config.openaiBaseUrl);
    const { openaiApiKey: apiKey, dimensions } = config;
    return RemoteEmbeddingModel.open(new OpenAiCompatibleEmbeddings({ baseUrl, apiKey, model: namedModel(config), dimensions }), config);
  },
} satisfies Record<string, (config: EmbeddingConfig) => Promise<EmbeddingModel>>;

export type EmbeddingProvider = keyof typeof embeddingModels;

/** Throws one clear sentence for a provider that does not exist, a value that it misses, and a model that does not start. */
export async function openEmbeddingModel(config: EmbeddingConfig): Promise<EmbeddingModel> {
  const { provider } = config;
  if (!isProvider(provider)) throw new Error(`EMBEDDING_PROVIDER must be one of ${Object.keys(embeddingModels).join(', ')}`);
  return embeddingModels[provider](config);
}

function isProvider(name: string): name is EmbeddingProvider {
  return Object.hasOwn(embeddingModels, name);
}

function namedModel({ provider, model }: EmbeddingConfig): string {
  if (model === undefined || model === '') throw new Error(`EMBEDDING_MODEL must name the model of ${provider}`);
  return model;
}

import { join, resolve } from 'node:path';
import type { PriceList } from '@aegis/domain/shared/price-list';
import { rerankers, type RerankerConfig } from '../providers/reranker/registry';
import type { Environment } from './environment';

const WEB = ['http:', 'https:'];
/** The providers that name their models themselves. */
const NAMES_MODELS = ['cohere', 'jina'];

/** `RERANKER_*`: who takes a second look at the best hits of a search. `root`: the folder of the product. */
export function rerankerSettings(env: Environment, prices: PriceList, root: string): RerankerConfig {
  const provider = env.oneOf('RERANKER_PROVIDER', Object.keys(rerankers), 'features');
  const directory = env.text('RERANKER_MODEL_DIR');
  const model = env.text('RERANKER_MODEL');
  const url = env.url('RERANKER_URL', WEB);
  if (provider === 'onnx' && directory === undefined) env.problem('RERANKER_MODEL_DIR is required with RERANKER_PROVIDER=onnx');
  if (provider === 'tei' && url === undefined) env.problem('RERANKER_URL is required with RERANKER_PROVIDER=tei');
  if (NAMES_MODELS.includes(provider)) {
    if (model === undefined) env.problem(`RERANKER_MODEL is required with RERANKER_PROVIDER=${provider}`);
    else if (prices.find(provider, model) === null)
      env.problem(`AEGIS_PRICES has no price for ${model} of ${provider}: every model that costs money must be listed`);
  }
  return {
    provider,
    weightsFile: join(root, 'models', 'ranking', 'weights.json'),
    modelDirectory: directory === undefined ? undefined : resolve(directory),
    url,
    apiKey: env.text('RERANKER_API_KEY'),
    model,
    timeoutMs: env.number('RERANKER_TIMEOUT_MS', 2_000, { min: 50, max: 60_000 }),
  };
}

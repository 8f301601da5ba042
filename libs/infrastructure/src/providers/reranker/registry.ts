import { CrossReranker } from '@aegis/application/retrieval/cross-reranker';
import { FeatureReranker } from '@aegis/application/retrieval/feature-reranker';
import { NoReranker, type Reranker } from '@aegis/application/retrieval/reranker';
import { ThreadLateScorer } from '../../retrieval/late/thread-late-scorer';
import { providerAddress } from '../provider-address';
import { CohereRerank } from './cohere-rerank';
import { JinaRerank } from './jina-rerank';
import { OnnxCrossEncoder } from './onnx-cross-encoder';
import { rankingModelIn } from './ranking-model-file';
import { RemoteCrossEncoder } from './remote-cross-encoder';
import type { RerankProtocol, RerankServer } from './rerank-protocol';
import { TeiRerank } from './tei-rerank';

/** The reranker as configured. A provider reads what it needs; what is missing for it is an error at the start. */
export interface RerankerConfig {
  readonly provider: string;
  /** Of the ranking by features, which comes first. */
  readonly weightsFile: string;
  /** Of `onnx`. */
  readonly modelDirectory: string | undefined;
  /** Of those that are asked over HTTP; undefined: where the provider itself serves it. */
  readonly url: string | undefined;
  readonly apiKey: string | undefined;
  readonly model: string | undefined;
  /** A query waits no longer for it. */
  readonly timeoutMs: number;
}

const features = ({ weightsFile }: RerankerConfig): Reranker => new FeatureReranker(new ThreadLateScorer(), rankingModelIn(weightsFile));

/** To add a reranker: one file beside this one, one line here. Configuration, docs and tests read this list. */
export const rerankers = {
  features, // default
  none: () => new NoReranker(),
  onnx: async (config) => {
    const { modelDirectory, model, timeoutMs } = config;
    if (modelDirectory === undefined) throw new Error('RERANKER_MODEL_DIR must name the folder of the reranker');
    return new CrossReranker(features(config), await OnnxCrossEncoder.open({ directory: modelDirectory, name: model, timeoutMs }));
  },
  tei: (config) => remote(config, undefined, (server) => new TeiRerank(server)),
  cohere: (config) => remote(config, 'https://api.cohere.com', (server) => new CohereRerank(server)),
  jina: (config) => remote(config, 'https://api.jina.ai', (server) => new JinaRerank(server)),
} satisfies Record<string, (config: RerankerConfig) => Reranker | Promise<Reranker>>;

export type RerankerProvider = keyof typeof rerankers;

/** Throws one clear sentence for a provider that does not exist, a value that it misses, and a model that does not start. */
export async function openReranker(config: RerankerConfig): Promise<Reranker> {
  const { provider } = config;
  if (!isProvider(provider)) throw new Error(`RERANKER_PROVIDER must be one of ${Object.keys(rerankers).join(', ')}`);
  return rerankers[provider](config);
}

const isProvider = (name: string): name is RerankerProvider => Object.hasOwn(rerankers, name);

function remote(config: RerankerConfig, usual: string | undefined, protocol: (server: RerankServer) => RerankProtocol): Reranker {
  const { url = usual, apiKey, model, timeoutMs } = config;
  if (url === undefined) throw new Error(`RERANKER_URL must say where ${config.provider} is`);
  // A server of text-embeddings-inference has one model, and is named after what it is where nobody says which.
  const named = model ?? (config.provider === 'tei' ? 'tei' : undefined);
  if (named === undefined) throw new Error(`RERANKER_MODEL must name the model of ${config.provider}`);
  const server = { baseUrl: providerAddress('RERANKER_URL', url), apiKey, model: named };
  return new CrossReranker(features(config), new RemoteCrossEncoder(protocol(server), timeoutMs));
}

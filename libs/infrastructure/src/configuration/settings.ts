import { join, resolve } from 'node:path';
import { PriceList } from '@aegis/domain/shared/price-list';
import { DEFAULT_CONTEXT_TOKENS, DEFAULT_DEADLINES, type LanguageModelConfig } from '../providers/language-model/language-model-config';
import { languageModels } from '../providers/language-model/registry';
import { parseModelReferences, type ModelReference } from '../providers/language-model/model-reference';
import { embeddingModels, type EmbeddingConfig } from '../providers/embedding-model/registry';
import { answerabilityChecks, type AnswerabilityProvider } from '../providers/answerability/registry';
import type { RerankerConfig } from '../providers/reranker/registry';
import { isSafeAddress } from '../administrators/fetch-json';
import type { OidcSettings } from '../administrators/oidc-tokens';
import { DATABASE_ROLES, type DatabaseRole } from '../persistence/database-role';
import type { SearchMemorySizes } from '../retrieval/search-memories';
import { Environment, type RawEnvironment } from './environment';
import { readAddresses } from './read-addresses';
import { readPrices } from './read-prices';
import { rerankerSettings } from './reranker-settings';
import { ownSecret } from './own-secret';
import { roleUrls } from './role-urls';

export interface Settings {
  readonly profile: 'embedded' | 'production';
  readonly host: string;
  readonly port: number;
  /** Proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly dataFolder: string;
  /** Empty: there is none, and nobody comes in by it. */
  readonly adminKey: string;
  /** Made up in this very start: shown once. */
  readonly adminKeyIsNew: boolean;
  readonly secretKey: string;
  /** Whose access tokens administrators present; null: those of the built-in issuer. */
  readonly oidc: OidcSettings | null;
  readonly database: { readonly kind: 'embedded' } | { readonly kind: 'native'; readonly urls: Readonly<Record<DatabaseRole, string>> };
  readonly queue: 'embedded' | 'bull';
  readonly redisUrl: string | undefined;
  readonly filesFolder: string;
  readonly embedding: EmbeddingConfig;
  /** The model that `aegis reindex` moves the deployment to, or the one that it came from; null: there is no other. */
  readonly nextEmbedding: EmbeddingConfig | null;
  /** How long vectors of a model that serves nobody any more are kept. */
  readonly retiredVectorHours: number;
  readonly languageModel: LanguageModelConfig;
  readonly languageModelFallbacks: readonly ModelReference[];
  readonly rateLimitRps: number;
  /** Whoever reads waits no longer for an answer. */
  readonly readTimeoutMs: number;
  /** Queries answered at once in one process. */
  readonly maxConcurrentQueries: number;
  /** Queries embedded at once, and searched at once, in one process. */
  readonly retrievalConcurrency: number;
  /** Tenants with more chunks are searched through the vector index. */
  readonly exactMaxChunks: number;
  /** What one process remembers of the vectors of queries; 0: nothing. */
  readonly embeddingCacheBytes: number;
  /** Who takes a second look at the best hits of a search. */
  readonly reranker: RerankerConfig;
  readonly answerability: AnswerabilityProvider;
  /** What one process remembers of search results; 0: nothing. */
  readonly resultCacheBytes: number;
  /** What one process remembers of what its searches have read; 0 bytes: nothing. */
  readonly searchMemories: SearchMemorySizes;
  /** Whether a language model rewrites follow-ups, and how long anything that it writes before a search may take. */
  readonly queryRewriting: { readonly rewrites: boolean; readonly timeoutMs: number };
  readonly maxUploadBytes: number;
  readonly prices: PriceList;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  readonly logFormat: 'json' | 'pretty';
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
/** For the command line and scripts of the repository: known, so not refused. */
export const ALSO_KNOWN = ['AEGIS_API_KEY', 'AEGIS_SERVICES_DIR'];
const MEGABYTE = 1024 * 1024;
const POSTGRES = ['postgres:', 'postgresql:'];
const WEB = ['http:', 'https:'];

/** Everything that the environment may say, checked. `root` is the folder of the product: where `models/` is. */
export function readSettings(values: RawEnvironment, root: string): Settings {
  const env = new Environment(values);
  const profile = env.oneOf('AEGIS_PROFILE', ['embedded', 'production'], 'embedded');
  const dataFolder = resolve(env.text('AEGIS_DATA_DIR') ?? 'data');
  const databaseUrl = env.url('DATABASE_URL', POSTGRES);
  env.url('DATABASE_OWNER_URL', POSTGRES);
  env.url('DATABASE_BOOTSTRAP_URL', POSTGRES);
  const redisUrl = env.url('REDIS_URL', ['redis:', 'rediss:']);
  const queue = env.oneOf('AEGIS_QUEUE', ['embedded', 'bull'], profile === 'production' ? 'bull' : 'embedded');
  const ownData = { folder: dataFolder, mayCreate: profile === 'embedded' };
  const secretKey = ownSecret(env, 'AEGIS_SECRET_KEY', ownData);
  const oidc = oidcSettings(env);
  // With an identity provider the key is needed for the first appointment only, and may be taken away afterwards.
  const needsNoKey = profile === 'production' && oidc !== null && env.text('AEGIS_ADMIN_KEY') === undefined;
  const adminKey = needsNoKey ? () => ({ value: '', isNew: false }) : ownSecret(env, 'AEGIS_ADMIN_KEY', ownData);
  if (profile === 'production' && databaseUrl === undefined) env.problem('DATABASE_URL is required in the production profile');
  if (queue === 'bull' && redisUrl === undefined) env.problem('REDIS_URL is required with AEGIS_QUEUE=bull');
  if (queue === 'embedded' && profile === 'production')
    env.problem('AEGIS_QUEUE=embedded rings inside one process only: use bull in production');
  const prices = readPrices(env);
  const checked = {
    profile,
    host: env.text('HOST') ?? '127.0.0.1',
    port: env.number('PORT', 8000, { min: 0, max: 65_535 }),
    trustedProxies: readAddresses(env, 'TRUSTED_PROXIES'),
    dataFolder,
    queue,
    redisUrl,
    filesFolder: filesFolder(env, dataFolder),
    oidc,
    ...modelSettings(env, root),
    rateLimitRps: env.number('RATE_LIMIT_RPS', 10, { min: 0.1, max: 100_000 }),
    readTimeoutMs: env.number('READ_TIMEOUT_MS', 10_000, { min: 100, max: 120_000 }),
    maxConcurrentQueries: env.number('MAX_CONCURRENT_QUERIES', 32, { min: 1, max: 10_000 }),
    retrievalConcurrency: env.number('RETRIEVAL_CONCURRENCY', 4, { min: 1, max: 1_000 }),
    retiredVectorHours: env.number('RETIRED_VECTOR_HOURS', 72, { min: 0, max: 100_000 }),
    exactMaxChunks: env.number('RETRIEVAL_EXACT_MAX_CHUNKS', 5_000, { min: 0, max: 10_000_000 }),
    answerability: env.oneOf('ANSWERABILITY_CHECK', Object.keys(answerabilityChecks) as AnswerabilityProvider[], 'rules'),
    reranker: rerankerSettings(env, prices, root),
    embeddingCacheBytes: env.number('EMBEDDING_CACHE_MB', 64, { min: 0, max: 100_000 }) * MEGABYTE,
    resultCacheBytes: env.number('RESULT_CACHE_MB', 64, { min: 0, max: 100_000 }) * MEGABYTE,
    searchMemories: {
      termBytes: env.number('TERM_CACHE_MB', 64, { min: 0, max: 100_000 }) * MEGABYTE,
      passageBytes: env.number('PASSAGE_CACHE_MB', 64, { min: 0, max: 100_000 }) * MEGABYTE,
      tokenCodeBytes: env.number('TOKEN_CACHE_MB', 64, { min: 0, max: 100_000 }) * MEGABYTE,
    },
    queryRewriting: {
      rewrites: env.oneOf('QUERY_REWRITING', ['rules', 'llm'], 'rules') === 'llm',
      timeoutMs: env.number('QUERY_REWRITING_TIMEOUT_MS', 4_000, { min: 100, max: 60_000 }),
    },
    maxUploadBytes: env.number('MAX_UPLOAD_MB', 100, { min: 0.001, max: 10_000 }) * MEGABYTE,
    prices,
    logLevel: env.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    logFormat: env.oneOf('LOG_FORMAT', ['json', 'pretty'], process.stdout.isTTY ? 'pretty' : 'json'),
  };
  checkPrices(env, checked);
  env.finish('AEGIS_', ALSO_KNOWN);
  const { value: secret } = secretKey();
  const { value: admin, isNew: adminKeyIsNew } = adminKey();
  return { ...checked, secretKey: secret, adminKey: admin, adminKeyIsNew, database: databaseSettings(databaseUrl, secret) };
}

const databaseSettings = (url: string | undefined, secretKey: string): Settings['database'] =>
  url === undefined ? { kind: 'embedded' } : { kind: 'native', urls: roleUrls(url, DATABASE_ROLES, secretKey) };

type ModelSettings = Pick<Settings, 'embedding' | 'nextEmbedding' | 'languageModel' | 'languageModelFallbacks'>;

function modelSettings(env: Environment, root: string): ModelSettings {
  const ollamaBaseUrl = env.url('OLLAMA_BASE_URL', WEB) ?? 'http://127.0.0.1:11434';
  const openaiBaseUrl = env.url('OPENAI_BASE_URL', WEB) ?? 'https://api.openai.com/v1';
  const openaiApiKey = env.text('OPENAI_API_KEY');
  const providers = ['auto', ...Object.keys(languageModels)];
  const embedding = (prefix: 'EMBEDDING' | 'EMBEDDING_NEXT'): EmbeddingConfig => ({
    provider: env.oneOf(`${prefix}_PROVIDER`, Object.keys(embeddingModels), 'onnx'),
    model: env.text(`${prefix}_MODEL`),
    modelDirectory: resolve(env.text(`${prefix}_MODEL_DIR`) ?? join(root, 'models', 'multilingual-e5-small-ko-en')),
    dimensions: env.optionalNumber(`${prefix}_DIMENSIONS`, { min: 8, max: 4_000 }),
    maxTokens: undefined,
    queryPrefix: undefined,
    passagePrefix: undefined,
    ollamaBaseUrl,
    openaiBaseUrl,
    openaiApiKey,
  });
  const next = embedding('EMBEDDING_NEXT');
  const isNextNamed = [env.text('EMBEDDING_NEXT_PROVIDER'), next.model, env.text('EMBEDDING_NEXT_MODEL_DIR')].some(
    (name) => name !== undefined,
  );
  return {
    embedding: embedding('EMBEDDING'),
    nextEmbedding: isNextNamed ? next : null,
    languageModel: {
      provider: env.oneOf('LLM_PROVIDER', providers, 'auto'),
      model: env.text('LLM_MODEL'),
      ollamaBaseUrl,
      openaiBaseUrl,
      openaiApiKey,
      deadlines: DEFAULT_DEADLINES,
      contextTokens: DEFAULT_CONTEXT_TOKENS,
      script: undefined,
    },
    languageModelFallbacks: parseModelReferences(env.text('LLM_FALLBACKS') ?? ''),
  };
}

function filesFolder(env: Environment, dataFolder: string): string {
  const storage = env.text('AEGIS_STORAGE');
  if (storage === undefined) return join(dataFolder, 'files');
  if (!storage.startsWith('file:')) env.problem('AEGIS_STORAGE must be file:<folder> (S3 comes with a later version)');
  return resolve(storage.slice('file:'.length));
}

/** Half of it would let in nobody, or anybody's tokens for anything. */
function oidcSettings(env: Environment): OidcSettings | null {
  const [issuer, audience] = [env.text('OIDC_ISSUER'), env.text('OIDC_AUDIENCE')];
  if (issuer === undefined && audience === undefined) return null;
  if (issuer === undefined || audience === undefined) {
    env.problem('OIDC_ISSUER and OIDC_AUDIENCE belong together: give both or neither');
    return null;
  }
  if (!isSafeAddress(issuer)) env.problem('OIDC_ISSUER must be an https:// address (http:// only on this machine), without a password');
  return { issuer, audience };
}

/** A model that costs money and has no price would be used for nothing: refused at the start, not at the first query. */
function checkPrices(
  env: Environment,
  {
    embedding,
    nextEmbedding,
    languageModel,
    languageModelFallbacks,
    prices,
  }: Pick<Settings, 'embedding' | 'nextEmbedding' | 'languageModel' | 'languageModelFallbacks' | 'prices'>,
): void {
  const asked = [embedding, ...(nextEmbedding === null ? [] : [nextEmbedding]), languageModel, ...languageModelFallbacks].filter(
    ({ provider }) => provider !== 'auto',
  );
  for (const { provider, model } of asked) {
    if (prices.find(provider, model ?? '') === null) {
      env.problem(`AEGIS_PRICES has no price for ${model ?? 'the model'} of ${provider}: every model that costs money must be listed`);
    }
  }
}

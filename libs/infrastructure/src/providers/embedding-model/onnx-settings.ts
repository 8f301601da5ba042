import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { prefixesOf } from './model-prefixes';

/** How one vector is made from the vectors of all tokens: their mean, the first (CLS), or the last that is not padding. */
export type Pooling = 'mean' | 'cls' | 'last';

export interface OnnxOptions {
  /** A folder of the usual Hugging Face form: `config.json`, `tokenizer.json`, `model.onnx` or `onnx/model.onnx`. */
  readonly directory: string;
  /** What is said here wins over the files in the folder. */
  readonly name?: string | undefined;
  readonly queryPrefix?: string | undefined;
  readonly passagePrefix?: string | undefined;
  readonly pooling?: Pooling | undefined;
  /** The graph's output to read. Default: `sentence_embedding` where there is one, else `last_hidden_state`. */
  readonly output?: string | undefined;
  readonly maxTokens?: number | undefined;
  /** Only checked: the start fails when the model has others. */
  readonly dimensions?: number | undefined;
}

/** Plain data: it travels to the worker thread. */
export interface OnnxSettings {
  readonly name: string;
  readonly modelFile: string;
  readonly tokenizerFile: string;
  /** How the model's token vectors are compressed; the file need not be there. */
  readonly projectionFile: string;
  readonly tokenizerConfig: Record<string, unknown>;
  readonly prefixes: { readonly query: string; readonly passage: string };
  readonly pooling: Pooling;
  readonly output: string | undefined;
  readonly maxTokens: number;
}

/** Models without a stated limit were trained on about this much. */
const USUAL_MAX_TOKENS = 512;

/** Throws an Error with one clear sentence when the folder is no model. */
export function readOnnxSettings(options: OnnxOptions): OnnxSettings {
  const { directory } = options;
  const modelFile = ['model.onnx', 'onnx/model.onnx'].map((name) => join(directory, name)).find((file) => existsSync(file));
  const tokenizerFile = join(directory, 'tokenizer.json');
  if (modelFile === undefined) throw new Error(`no model.onnx in the embedding model's folder ${directory}`);
  if (!existsSync(tokenizerFile)) throw new Error(`no tokenizer.json in the embedding model's folder ${directory}`);
  const config = readJson(join(directory, 'config.json'));
  const tokenizerConfig = readJson(join(directory, 'tokenizer_config.json'));
  const prompts = record(readJson(join(directory, 'config_sentence_transformers.json'))['prompts']);
  const prefixes = record(config['prefixes']);
  const original = text(config['_name_or_path']) ?? basename(directory);
  const known = prefixesOf(original);
  return {
    name: options.name ?? text(config['model_id']) ?? original,
    modelFile,
    tokenizerFile,
    projectionFile: join(directory, 'token-projection.bin'),
    tokenizerConfig,
    prefixes: {
      query: options.queryPrefix ?? text(prefixes['query']) ?? text(prompts['query']) ?? known.query,
      passage: options.passagePrefix ?? text(prefixes['passage']) ?? text(prompts['passage']) ?? text(prompts['document']) ?? known.passage,
    },
    pooling: options.pooling ?? poolingOf(config['pooling'], readJson(join(directory, '1_Pooling', 'config.json'))),
    output: options.output ?? text(config['output']),
    maxTokens: options.maxTokens ?? maxTokensOf(config, tokenizerConfig),
  };
}

function poolingOf(named: unknown, sentenceTransformers: Record<string, unknown>): Pooling {
  if (named === 'mean' || named === 'cls' || named === 'last') return named;
  if (named !== undefined) throw new Error('pooling in config.json must be mean, cls or last');
  if (sentenceTransformers['pooling_mode_cls_token'] === true) return 'cls';
  if (sentenceTransformers['pooling_mode_lasttoken'] === true) return 'last';
  return 'mean';
}

/** The smallest limit that is stated: position embeddings may hold more than the model was trained for, and reverse. */
function maxTokensOf(config: Record<string, unknown>, tokenizerConfig: Record<string, unknown>): number {
  if (isLimit(config['max_tokens'])) return config['max_tokens'];
  let positions = config['max_position_embeddings'];
  // RoBERTa and its kin start counting positions after the padding id.
  if (isLimit(positions) && /roberta/.test(text(config['model_type']) ?? '')) positions -= 2;
  const stated = [positions, tokenizerConfig['model_max_length']].filter(isLimit);
  return stated.length === 0 ? USUAL_MAX_TOKENS : Math.min(...stated);
}

/** `model_max_length` is 1e30 where nobody filled it in. */
function isLimit(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 2 && Number(value) < 1_000_000;
}

function readJson(file: string): Record<string, unknown> {
  return existsSync(file) ? record(JSON.parse(readFileSync(file, 'utf8'))) : {};
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

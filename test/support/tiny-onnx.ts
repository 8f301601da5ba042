import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ONNX_TYPES, onnxModel, onnxNode, onnxTensor, onnxValue } from '@aegis/infrastructure/providers/onnx/onnx-writer';

/** Rows for `[PAD] [UNK] [CLS] [SEP]` and four words; small whole numbers, so that expected vectors can be written down. */
export const TINY_WORDS = {
  '[PAD]': [9, 9, 9, 9],
  '[UNK]': [0, 0, 0, 1],
  '[CLS]': [1, 0, 0, 0],
  '[SEP]': [0, 1, 0, 0],
  휴가: [0, 0, 4, 0],
  연차: [0, 0, 0, 4],
  leave: [2, 2, 0, 0],
  paid: [0, 2, 2, 0],
} as const;
/** Added to every token: the row of token type 0. */
export const TINY_TYPE = [1, 0, 0, 1] as const;

const DIMENSIONS = 4;
const { float, int64 } = ONNX_TYPES;

/**
 * Writes a model folder as sentence-transformers leaves it: three inputs, only `last_hidden_state`, its pooling in `1_Pooling`, 8 tokens
 * at most. Its hidden state is word row + type row. `files` overrides or adds files by name.
 */
export function writeTinyOnnx(directory: string, files: Readonly<Record<string, unknown>> = {}): void {
  const vocabulary: Record<string, number> = Object.fromEntries(Object.keys(TINY_WORDS).map((word, id) => [word, id]));
  const special = (name: '[CLS]' | '[SEP]') => [name, { id: name, ids: [vocabulary[name]], tokens: [name] }] as const;
  const all: Record<string, unknown> = {
    'config.json': { model_type: 'bert', max_position_embeddings: 8 },
    'tokenizer_config.json': { model_max_length: 1e30 },
    'tokenizer.json': {
      version: '1.0',
      added_tokens: [],
      normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: false, strip_accents: false, lowercase: true },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      post_processor: {
        type: 'TemplateProcessing',
        single: [
          { SpecialToken: { id: '[CLS]', type_id: 0 } },
          { Sequence: { id: 'A', type_id: 0 } },
          { SpecialToken: { id: '[SEP]', type_id: 0 } },
        ],
        pair: [],
        special_tokens: Object.fromEntries([special('[CLS]'), special('[SEP]')]),
      },
      model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: vocabulary },
    },
    ...files,
  };
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), JSON.stringify(content));
  }
  writeFileSync(join(directory, 'model.onnx'), tinyModel());
}

function tinyModel(): Buffer {
  const gather = (table: string, ids: string, output: string) => onnxNode('Gather', [table, ids], output);
  return onnxModel({
    nodes: [
      gather('words', 'input_ids', 'word_rows'),
      gather('types', 'token_type_ids', 'type_rows'),
      onnxNode('Add', ['word_rows', 'type_rows'], 'last_hidden_state'),
    ],
    initializers: [table('words', Object.values(TINY_WORDS)), table('types', [TINY_TYPE, [-7, -7, -7, -7]])],
    inputs: ['input_ids', 'attention_mask', 'token_type_ids'].map((name) => onnxValue(name, int64, ['batch', 'tokens'])),
    outputs: [onnxValue('last_hidden_state', float, ['batch', 'tokens', DIMENSIONS])],
  });
}

/** A matrix of float32. */
export const table = (name: string, rows: readonly (readonly number[])[]): Buffer =>
  onnxTensor(name, float, [rows.length, rows[0]?.length ?? 0], Buffer.from(Float32Array.from(rows.flat()).buffer));

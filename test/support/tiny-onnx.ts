import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

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
const FLOAT = 1;
const INT64 = 7;

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

/** The graph as protobuf, field by field of onnx.proto (IR version 8, operator set 13). */
function tinyModel(): Buffer {
  const gather = (table: string, ids: string, output: string) => node('Gather', [table, ids], output);
  const graph = [
    field(1, gather('words', 'input_ids', 'word_rows')),
    field(1, gather('types', 'token_type_ids', 'type_rows')),
    field(1, node('Add', ['word_rows', 'type_rows'], 'last_hidden_state')),
    field(2, 'tiny'),
    field(5, table('words', Object.values(TINY_WORDS))),
    field(5, table('types', [TINY_TYPE, [-7, -7, -7, -7]])),
    ...['input_ids', 'attention_mask', 'token_type_ids'].map((name) => field(11, value(name, INT64, ['batch', 'tokens']))),
    field(12, value('last_hidden_state', FLOAT, ['batch', 'tokens', DIMENSIONS])),
  ];
  return Buffer.concat([field(1, 8), field(7, Buffer.concat(graph)), field(8, field(2, 13))]);
}

function node(operator: string, inputs: readonly string[], output: string): Buffer {
  return Buffer.concat([...inputs.map((input) => field(1, input)), field(2, output), field(4, operator)]);
}

function table(name: string, rows: readonly (readonly number[])[]): Buffer {
  const raw = Buffer.from(Float32Array.from(rows.flat()).buffer);
  return Buffer.concat([field(1, rows.length), field(1, DIMENSIONS), field(2, FLOAT), field(8, name), field(9, raw)]);
}

function value(name: string, type: number, shape: readonly (string | number)[]): Buffer {
  const dimensions = shape.map((size) => field(1, typeof size === 'number' ? field(1, size) : field(2, size)));
  const tensor = Buffer.concat([field(1, type), field(2, Buffer.concat(dimensions))]);
  return Buffer.concat([field(1, name), field(2, field(1, tensor))]);
}

/** A protobuf field: numbers as varint, the rest with its length in front. */
function field(number: number, content: number | string | Buffer): Buffer {
  if (typeof content === 'number') return Buffer.concat([varint(number * 8), varint(content)]);
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(number: number): Buffer {
  const bytes: number[] = [];
  let rest = number;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

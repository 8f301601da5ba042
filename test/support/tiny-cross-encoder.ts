import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ONNX_TYPES, onnxModel, onnxNode, onnxTensor, onnxValue } from '@aegis/infrastructure/providers/onnx/onnx-writer';
import { table, writeTinyOnnx } from './tiny-onnx';

/** Rows for `[PAD] [UNK] [CLS] [SEP]`, which say nothing, and four words, two in each language that mean the same. */
const ROWS = [
  [5, 5, 5, 5],
  [0, 0, 0, 1],
  [0, 0, 0, 0],
  [0, 0, 0, 0],
  [3, 0, 0, 0],
  [0, 2, 0, 0],
  [3, 1, 0, 0],
  [0, 2, 1, 0],
] as const;
const WORDS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '휴가', '연차', 'leave', 'paid'];
const { float, int64 } = ONNX_TYPES;

const sumOf = (text: string): readonly number[] => {
  const rows = text.split(' ').map((word) => ROWS[Math.max(1, WORDS.indexOf(word))] ?? ROWS[1]);
  return [0, 1, 2, 3].map((at) => rows.reduce((sum, row) => sum + (row[at] ?? 0), 0));
};

/** What the model says of a pair that is within its limit: the product of the sums of both sides' words. */
export const tinyScore = (query: string, passage: string): number => {
  const other = sumOf(passage);
  return sumOf(query).reduce((sum, number, at) => sum + number * (other[at] ?? 0), 0);
};

/**
 * Writes the folder of a cross-encoder as Transformers exports it: three inputs, `logits`, pairs as `[CLS] query [SEP] passage [SEP]` with
 * token types, 16 tokens at most. `classes` 2: one number for "does not fit" and one for "fits".
 */
export function writeTinyCrossEncoder(directory: string, classes: 1 | 2 = 1): void {
  const special = (name: '[CLS]' | '[SEP]') => [name, { id: name, ids: [WORDS.indexOf(name)], tokens: [name] }] as const;
  const piece = (id: '[CLS]' | '[SEP]', type_id: number) => ({ SpecialToken: { id, type_id } });
  const text = (id: 'A' | 'B', type_id: number) => ({ Sequence: { id, type_id } });
  writeTinyOnnx(directory, {
    'config.json': { model_type: 'bert', max_position_embeddings: 16 },
    'tokenizer.json': {
      version: '1.0',
      added_tokens: [],
      normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: false, strip_accents: false, lowercase: true },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      post_processor: {
        type: 'TemplateProcessing',
        single: [piece('[CLS]', 0), text('A', 0), piece('[SEP]', 0)],
        pair: [piece('[CLS]', 0), text('A', 0), piece('[SEP]', 0), text('B', 1), piece('[SEP]', 1)],
        special_tokens: Object.fromEntries([special('[CLS]'), special('[SEP]')]),
      },
      model: {
        ...{ type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100 },
        vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
      },
    },
  });
  writeFileSync(join(directory, 'model.onnx'), model(classes));
}

/** Real inference, with the mask and the types that it depends on. */
function model(classes: 1 | 2): Buffer {
  const score = classes === 1 ? 'logits' : 'score';
  const steps = [
    onnxNode('Gather', ['words', 'input_ids'], 'rows'),
    onnxNode('Cast', ['attention_mask'], 'mask', { to: float }),
    onnxNode('Cast', ['token_type_ids'], 'types', { to: float }),
    onnxNode('Mul', ['mask', 'types'], 'passage'),
    onnxNode('Sub', ['mask', 'passage'], 'query'),
    ...['query', 'passage'].flatMap((side) => [
      onnxNode('Unsqueeze', [side, 'last'], `${side}_column`),
      onnxNode('Mul', ['rows', `${side}_column`], `${side}_rows`),
      onnxNode('ReduceSum', [`${side}_rows`, 'tokens'], `${side}_sum`, { keepdims: 0 }),
    ]),
    onnxNode('Mul', ['query_sum', 'passage_sum'], 'products'),
    onnxNode('ReduceSum', ['products', 'tokens'], score, { keepdims: 1 }),
    ...(classes === 1 ? [] : [onnxNode('Neg', ['score'], 'not'), onnxNode('Concat', ['not', 'score'], 'logits', { axis: 1 })]),
  ];
  const axes = [
    ['last', 2],
    ['tokens', 1],
  ] as const;
  return onnxModel({
    nodes: steps,
    initializers: [
      table('words', ROWS),
      ...axes.map(([name, axis]) => onnxTensor(name, int64, [1], Buffer.from(BigInt64Array.of(BigInt(axis)).buffer))),
    ],
    inputs: ['input_ids', 'attention_mask', 'token_type_ids'].map((name) => onnxValue(name, int64, ['batch', 'tokens'])),
    outputs: [onnxValue('logits', float, ['batch', classes])],
  });
}

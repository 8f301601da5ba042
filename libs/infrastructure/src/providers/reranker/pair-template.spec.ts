import { pairTemplate, pairTokens } from './pair-template';

const TEMPLATE = {
  type: 'TemplateProcessing',
  pair: [
    { SpecialToken: { id: '<s>', type_id: 0 } },
    { Sequence: { id: 'A', type_id: 0 } },
    { SpecialToken: { id: '</s>', type_id: 0 } },
    { SpecialToken: { id: '</s>', type_id: 0 } },
    { Sequence: { id: 'B', type_id: 1 } },
    { SpecialToken: { id: '</s>', type_id: 1 } },
  ],
  special_tokens: { '<s>': { id: '<s>', ids: [0] }, '</s>': { id: '</s>', ids: [2] } },
};
const pair = { query: [10, 11], passage: [20, 21, 22] };

describe('pairs of a tokenizer', () => {
  it.each([
    ['a template', TEMPLATE, [0, 10, 11, 2, 2, 20, 21, 22, 2], [0, 0, 0, 0, 0, 1, 1, 1, 1]],
    [
      'a template among others',
      { type: 'Sequence', processors: [{ type: 'ByteLevel' }, TEMPLATE] },
      [0, 10, 11, 2, 2, 20, 21, 22, 2],
      [0, 0, 0, 0, 0, 1, 1, 1, 1],
    ],
    ['BERT', { type: 'BertProcessing', sep: ['[SEP]', 2], cls: ['[CLS]', 0] }, [0, 10, 11, 2, 20, 21, 22, 2], [0, 0, 0, 0, 1, 1, 1, 1]],
    [
      'RoBERTa',
      { type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 0] },
      [0, 10, 11, 2, 2, 20, 21, 22, 2],
      [0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
  ])('are put together as %s says', (_what, processor, ids, types) => {
    expect(pairTokens(pairTemplate({ post_processor: processor }), pair, 512)).toEqual({ ids, types });
  });

  it.each([
    ['nothing', null],
    ['no pairs', { ...TEMPLATE, pair: [] }],
    ['no id of a special token', { ...TEMPLATE, special_tokens: {} }],
    ['something unknown', { ...TEMPLATE, pair: [{ Other: {} }] }],
  ])('are refused where a tokenizer says %s', (_what, processor) => {
    expect(() => pairTemplate({ post_processor: processor })).toThrow('tokenizer.json');
  });

  it('stay within the limit: the passage gives way, and a long query has half of the room at most, or what a short passage leaves', () => {
    const template = pairTemplate({ post_processor: TEMPLATE });
    const numbers = (count: number, from: number) => Array.from({ length: count }, (_, at) => from + at);
    const texts = (query: number, passage: number, limit: number) => {
      const { ids } = pairTokens(template, { query: numbers(query, 100), passage: numbers(passage, 1_000) }, limit);
      return [ids.length, ids.filter((id) => id >= 100 && id < 1_000).length, ids.filter((id) => id >= 1_000).length];
    };
    expect(texts(4, 50, 24)).toEqual([24, 4, 16]);
    expect(texts(50, 50, 24)).toEqual([24, 10, 10]);
    expect(texts(50, 3, 24)).toEqual([24, 17, 3]);
  });
});

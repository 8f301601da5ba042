import { readGoldenSet } from './golden-set';

describe('a file of golden questions', () => {
  it('has a question in each line, with its documents or without an answer', () => {
    const text = [
      '\ufeff{"query": " 연차는 며칠인가요? ", "expected": ["휴가규정.md"]}',
      '',
      '{"query": "Who won the cup?", "unanswerable": true}',
      '{"query": "Is it free?", "expected": ["faq.md", "0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11"], "unanswerable": false}\r',
    ].join('\n');
    expect(readGoldenSet(text)).toEqual({
      questions: [
        { query: '연차는 며칠인가요?', expected: ['휴가규정.md'] },
        { query: 'Who won the cup?', expected: [] },
        { query: 'Is it free?', expected: ['faq.md', '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11'] },
      ],
      problems: [],
    });
  });

  it('knows a Korean file name in whatever form it was written', () => {
    expect(readGoldenSet(JSON.stringify({ query: 'a?', expected: ['휴가.md'.normalize('NFD')] })).questions[0]?.expected).toEqual([
      '휴가.md',
    ]);
  });

  it.each([
    ['{"query": "a?"', 'line 1 is no JSON'],
    ['[]', 'line 1 is no JSON object'],
    ['{"query": " ", "unanswerable": true}', 'line 1 needs a "query" with a question'],
    ['{"query": "a?"}', 'line 1 needs "expected", a list of file names or document ids, or "unanswerable": true'],
    ['{"query": "a?", "expected": []}', 'line 1 needs "expected", a list of file names or document ids, or "unanswerable": true'],
    ['{"query": "a?", "expected": ["b.md"], "unanswerable": true}', 'line 1 is unanswerable, and so can expect no document'],
    ['{"query": "a?", "unanswerable": "yes"}', 'line 1 "unanswerable" must be true or false'],
    [
      '{"query": "a?", "unanswerable": true, "answer": "b"}',
      'line 1 has an unknown field "answer": there are query, expected and unanswerable',
    ],
    ['{"query": "a?", "unanswerable": true}\n\n{"query": "a?", "unanswerable": true}', 'line 3 asks what line 1 asks'],
    ['\n', 'the file has no question'],
  ])('says what is wrong with %j', (text, problem) => {
    expect(readGoldenSet(text).problems).toEqual([problem]);
  });
});

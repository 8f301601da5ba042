import type { Block } from '@aegis/domain/shared/block';
import { indexedText } from '@aegis/domain/ingestion/chunk';
import { DEFAULT_CHUNK_LIMITS } from '@aegis/domain/ingestion/chunk-limits';
import fc from 'fast-check';
import { EmbeddingModel, type EmbeddingResult } from '../providers/embedding-model';
import { chunkDocument } from './chunk-document';

/** Tokens as a subword model has them, roughly: a syllable or up to four letters each, three for prefix and specials. It only counts. */
class CountingModel extends EmbeddingModel {
  readonly identity = { provider: 'counting', name: 'counting', dimensions: 1, maxTokens: 100, digest: '00' };
  calls = 0;

  countTokens(texts: readonly string[]): Promise<readonly number[]> {
    this.calls += 1;
    return Promise.resolve(texts.map((text) => 3 + (text.match(/[가-힣]|[a-z]{1,4}|\S/gi)?.length ?? 0)));
  }
  embed(): Promise<EmbeddingResult> {
    return Promise.reject(new Error('a counting model makes no vectors'));
  }
  check(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

const never = new AbortController().signal;
const paragraph = (text: string): Block => ({ kind: 'paragraph', text, page: 1 });
const limits = { ...DEFAULT_CHUNK_LIMITS, targetTokens: 400, overlapTokens: 20 };

describe('chunkDocument', () => {
  const word = fc.constantFrom('연차휴가는', '15일이다.', 'employees', 'receive', 'leave.', '|||||||||', '😀', '...', 'AB-1234', '\n');
  const text = fc.array(word, { maxLength: 120 }).map((words) => words.join(' '));
  const run = fc.string({ unit: fc.constantFrom('가', '"', 'x'), maxLength: 900 });
  const block: fc.Arbitrary<Block> = fc.oneof(
    fc.record({
      kind: fc.constant('heading' as const),
      level: fc.integer({ min: 1, max: 6 }),
      text: fc.oneof(word, text),
      page: fc.constant(1),
    }),
    fc.record({
      kind: fc.constantFrom('paragraph' as const, 'list' as const, 'code' as const),
      text: fc.oneof(text, run),
      page: fc.constant(1),
    }),
    fc.record({
      kind: fc.constant('table' as const),
      caption: fc.option(word),
      header: fc.array(fc.oneof(word, text), { maxLength: 3 }),
      rows: fc.array(fc.array(fc.oneof(word, text, run), { maxLength: 3 }), { maxLength: 4 }),
      page: fc.constant(2),
    }),
  );

  it.each([
    ['many paragraphs', Array.from({ length: 5_000 }, (_, index) => paragraph(`${index} ${'연차는 15일이다. '.repeat(10)}`))],
    ['one paragraph', [paragraph(Array.from({ length: 50_000 }, (_, index) => `${index} 연차는 15일이다.`).join(' '))]],
  ])('gives others a turn while it cuts %s', async (_, blocks) => {
    let [turns, timer] = [0, setImmediate(() => undefined)];
    const turn = (): void => {
      turns += 1;
      timer = setImmediate(turn);
    };
    turn();
    let before = 0;
    const model = new (class extends CountingModel {
      override countTokens(texts: readonly string[]): Promise<readonly number[]> {
        if (this.calls === 0) before = turns;
        return super.countTokens(texts);
      }
    })();
    await chunkDocument(model, { blocks, title: null }, never);
    clearImmediate(timer);
    expect(before).toBeGreaterThan(5);
  });

  it('never makes a chunk whose whole input is longer than the model reads, and numbers them without gaps', async () => {
    const document = fc.record({ blocks: fc.array(block, { maxLength: 8 }), title: fc.option(text) });
    await fc.assert(
      fc.asyncProperty(document, async ({ blocks, title }) => {
        const model = new CountingModel();
        const chunks = await chunkDocument(model, { blocks, title }, never, limits);
        const counts = await model.countTokens(chunks.map((chunk) => indexedText(chunk, title)));
        expect(Math.max(0, ...counts)).toBeLessThanOrEqual(100);
        expect(chunks.map(({ tokenCount }) => tokenCount)).toEqual(counts);
        expect(chunks.map(({ ordinal }) => ordinal)).toEqual(chunks.map((_, index) => index));
      }),
      { numRuns: 150 },
    );
  });

  it('counts the title in', async () => {
    const blocks = [paragraph('제일조 휴가는 십오일이다. 제이조 출장은 삼일 전에 신청한다. 제삼조 교육은 연 이회 실시한다. '.repeat(2))];
    const [bare, titled] = await Promise.all(
      [null, '한빛정밀 취업규칙 전문 개정판 제오판'.repeat(3)].map((title) =>
        chunkDocument(new CountingModel(), { blocks, title }, never, limits),
      ),
    );
    expect(titled?.length).toBeGreaterThan(bare?.length ?? 0);
  });

  it('cuts text without any white space', async () => {
    const run = Array.from({ length: 500 }, (_, index) => String.fromCharCode(0xac00 + index)).join('');
    const chunks = await chunkDocument(new CountingModel(), { blocks: [paragraph(run)], title: null }, never, limits);
    expect(chunks.map(({ content }) => content).join('')).toBe(run);
  });

  it('gives nothing for a document without blocks', async () => {
    expect(await chunkDocument(new CountingModel(), { blocks: [], title: '빈 문서' }, never)).toEqual([]);
  });

  it('stops when it is told to', async () => {
    const model = new CountingModel();
    await expect(
      chunkDocument(model, { blocks: [paragraph('본문')], title: null }, AbortSignal.abort(new Error('stopped'))),
    ).rejects.toThrow('stopped');
    expect(model.calls).toBe(0);
  });
});

import type { EmbeddingKind } from '@aegis/application/providers/embedding-model';
import { LateQuery } from '@aegis/domain/retrieval/late-interaction';
import { axisProducts, directions, passageCodes, queryCodes } from '@aegis/domain/retrieval/token-projection';
import { ModelTokenizer } from '@aegis/infrastructure/providers/embedding-model/model-tokenizer';
import { OnnxGraph } from '@aegis/infrastructure/providers/embedding-model/onnx-graph';
import { readOnnxSettings } from '@aegis/infrastructure/providers/embedding-model/onnx-settings';
import { readTokenCoding, TokenCoder, type TokenCoding } from '@aegis/infrastructure/providers/embedding-model/token-coder';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const EXAMPLES = join(__dirname, '../../examples/documents');
const settings = readOnnxSettings({ directory: join(__dirname, '../../models/multilingual-e5-small-ko-en') });

interface Modelled {
  readonly ids: readonly number[];
  /** A row for each id. */
  readonly values: Float32Array;
}

describe('the coding of tokens by onnxruntime, beside its definition', () => {
  const tokenizer = ModelTokenizer.read(settings);
  const coding = readTokenCoding(settings.projectionFile) as TokenCoding;
  const { projection, weights } = coding;
  const before = (prefix: string): number => tokenizer.encode(prefix.trim()).ids.length - 1;
  const prefixTokens = { query: before(settings.prefixes.query), passage: before(settings.prefixes.passage) };
  let graph: OnnxGraph;
  let coder: TokenCoder;
  beforeAll(async () => {
    graph = await OnnxGraph.open(settings, tokenizer.padId);
    coder = await TokenCoder.open(coding, prefixTokens);
  }, 60_000);
  afterAll(() => Promise.all([graph.release(), coder.release()]));

  async function modelled(kind: EmbeddingKind, text: string): Promise<Modelled> {
    const { ids } = tokenizer.encode(settings.prefixes[kind] + text);
    const [made] = await graph.embedWithTokens([ids]);
    if (made?.tokens === undefined) throw new Error('the bundled model shows its tokens');
    return { ids, values: made.tokens };
  }

  /** By the plain product; of queries with at most 64 tokens. */
  function plainCodes(kind: EmbeddingKind, { ids, values }: Modelled): Uint8Array {
    const weightAt = (row: number): number => (weights[ids[row] ?? 0] ?? 0) / 16;
    const rows = [...ids.keys()].slice(prefixTokens[kind], -1).filter((row) => weightAt(row) > 0);
    const products = axisProducts(projection, directions(projection, { rows, values }));
    return kind === 'passage' ? passageCodes(projection, products) : queryCodes(projection, products, rows.map(weightAt));
  }

  /** One for each token and axis. */
  function levelsOf(kind: EmbeddingKind, codes: Uint8Array): ArrayLike<number> {
    if (kind === 'query') return new LateQuery(codes).columns;
    const anyQuery = new LateQuery(queryCodes(projection, new Float32Array(2 * 20 + 4 * 24 + 8 * 20), [1]));
    return anyQuery.levelsOf([codes]).rows;
  }

  async function compared(kind: EmbeddingKind, texts: readonly string[]): Promise<{ levels: number; differing: number }> {
    const sum = { levels: 0, differing: 0 };
    for (const text of texts) {
      const tokens = await modelled(kind, text);
      const [made, meant] = [await coder[kind](tokens.ids, tokens.values), plainCodes(kind, tokens)].map((codes) => levelsOf(kind, codes));
      expect(made?.length).toBe(meant?.length);
      sum.levels += made?.length ?? 0;
      for (let at = 0; at < (made?.length ?? 0); at += 1) if (made?.[at] !== meant?.[at]) sum.differing += 1;
    }
    return sum;
  }

  /** The text of a page in pieces of about 250 tokens. */
  function piecesOf(page: string, characters: number): string[] {
    const html = readFileSync(join(EXAMPLES, 'sources', page), 'utf8');
    const text = html
      .replaceAll(/<style.*?<\/style>/gs, '')
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ');
    return Array.from({ length: Math.floor(text.length / characters) }, (_, at) => text.slice(at * characters, (at + 1) * characters));
  }

  // Floats are added in another order: a number on the edge of a level can fall to the other side. Measured: 1 level in 7,000,000.
  it.each([
    ['한국어', ['취업규칙-v2.html', '운송-매뉴얼.html'], 450],
    ['English', ['security-handbook.html'], 1_000],
  ])('gives passages in %s the same levels, fewer than one in ten thousand aside', async (_, pages, characters) => {
    const { levels, differing } = await compared(
      'passage',
      pages.flatMap((page) => piecesOf(page, characters)),
    );
    expect(levels).toBeGreaterThan(400_000);
    expect(differing / levels).toBeLessThan(1e-4);
  });

  it('gives questions in both languages the same levels, fewer than one in ten thousand aside', async () => {
    const lines = readFileSync(join(EXAMPLES, 'golden-questions.jsonl'), 'utf8').trim().split('\n');
    const questions = lines.map((line) => (JSON.parse(line) as { query: string }).query);
    const { levels, differing } = await compared('query', questions);
    expect(levels).toBeGreaterThan(50_000);
    expect(differing / levels).toBeLessThan(1e-4);
  });

  it('codes a text of one token, and gives one without any its head alone', async () => {
    const one = await modelled('passage', '연차');
    const [opening = 0, closing = 0] = [one.ids[0], one.ids.at(-1)];
    const first = one.ids.slice(0, prefixTokens.passage + 1);
    expect(await coder.passage([...first, closing], one.values)).toEqual(plainCodes('passage', { ...one, ids: [...first, closing] }));
    expect(await coder.passage([...first, closing], one.values)).toHaveLength(2 + 64);
    expect(await coder.passage([opening, closing], one.values)).toEqual(Uint8Array.of(2, 64));
    expect(await coder.query([opening, closing], one.values)).toHaveLength(10);
  });

  it.each(['passage', 'query'] as const)(
    'keeps a token of a %s that holds what is no number at the lowest code, and harms no other',
    async (kind) => {
      const tokens = await modelled(kind, '펌프 압력 밸브 온도 pump pressure valve temperature');
      const broken = { ...tokens, values: Float32Array.from(tokens.values) };
      const kept = [...tokens.ids.keys()].slice(prefixTokens[kind], -1).filter((row) => (weights[tokens.ids[row] ?? 0] ?? 0) > 0);
      const bad = [NaN, Infinity, -Infinity].map((value, at) => {
        broken.values[(kept[2 * at] ?? 0) * projection.width + 7 * at] = value;
        return 2 * at;
      });
      const [whole, made] = [await coder[kind](tokens.ids, tokens.values), await coder[kind](broken.ids, broken.values)];
      const [header, size, own] = kind === 'passage' ? [2, 64, 0] : [10, 152, 2];
      for (const token of kept.keys()) {
        const [from, end] = [header + token * size, header + (token + 1) * size];
        // A query's token keeps its weight.
        const expected = bad.includes(token) ? whole.slice(from, end).fill(0, own) : whole.slice(from, end);
        expect(made.slice(from, end)).toEqual(expected);
      }
      expect(made).toHaveLength(whole.length);
    },
  );
});

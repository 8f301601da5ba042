import { OnnxCrossEncoder } from '@aegis/infrastructure/providers/reranker/onnx-cross-encoder';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tinyScore, writeTinyCrossEncoder } from '../support/tiny-cross-encoder';

const patient = () => new AbortController().signal;
const PASSAGES = [
  'leave',
  'paid leave paid',
  '휴가',
  'paid',
  'leave leave leave leave',
  '연차 휴가',
  'leave paid 연차 휴가 paid',
  '연차',
  'paid 연차',
  'leave 휴가',
];

describe('OnnxCrossEncoder', () => {
  const open: OnnxCrossEncoder[] = [];
  const folders: string[] = [];
  afterAll(async () => {
    await Promise.all(open.map((encoder) => encoder.close()));
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  function newFolder(classes: 1 | 2 = 1): string {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-cross-'));
    folders.push(folder);
    writeTinyCrossEncoder(folder, classes);
    return folder;
  }

  async function start(directory: string, timeoutMs = 30_000): Promise<OnnxCrossEncoder> {
    const encoder = await OnnxCrossEncoder.open({ directory, timeoutMs });
    open.push(encoder);
    return encoder;
  }

  it.each([1, 2] as const)('reads both sides of each pair, in order, whatever else is in the run, with %s classes', async (classes) => {
    const encoder = await start(newFolder(classes));
    for (const query of ['휴가', '연차 paid']) {
      const { scores, usage } = await encoder.score({ query, passages: PASSAGES, signal: patient() });
      expect(scores).toEqual(PASSAGES.map((passage) => classes * tinyScore(query, passage)));
      const words = (text: string) => text.split(' ').length;
      expect(usage).toEqual({ tokens: PASSAGES.reduce((sum, passage) => sum + words(query) + words(passage) + 3, 0), searches: 0 });
    }
    await expect(encoder.score({ query: '휴가', passages: [], signal: patient() })).resolves.toMatchObject({ scores: [] });
  });

  it('reads the beginning of what is too long, and leaves a long query no more than half', async () => {
    const encoder = await start(newFolder());
    const score = async (query: string, passage: string) =>
      (await encoder.score({ query, passages: [passage], signal: patient() })).scores[0];
    const times = (word: string, count: number) => Array.from({ length: count }, () => word).join(' ');
    // 16 tokens, of which three are special: 13 for both.
    expect(await score('휴가', times('leave', 40))).toBe(tinyScore('휴가', times('leave', 12)));
    expect(await score(times('휴가', 40), times('leave', 40))).toBe(tinyScore(times('휴가', 6), times('leave', 7)));
    expect(await score(times('휴가', 40), 'leave leave')).toBe(tinyScore(times('휴가', 11), 'leave leave'));
  });

  it('is another model with another tokenizer or other weights', async () => {
    const [folder, same, otherWords, otherWeights] = [newFolder(), newFolder(), newFolder(), newFolder(2)];
    const file = join(otherWords, 'tokenizer.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"휴가":4', '"휴식":4'));
    const [one, again, two, three] = await Promise.all([folder, same, otherWords, otherWeights].map((directory) => start(directory)));
    expect(one?.identity).toMatchObject({ provider: 'onnx', digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(again?.identity.digest).toBe(one?.identity.digest);
    expect(new Set([one, two, three].map((encoder) => encoder?.identity.digest)).size).toBe(3);
  });

  it('ends in time, and when the caller leaves, and goes on working', async () => {
    const encoder = await start(newFolder(), 60);
    const many = Array.from({ length: 60_000 }, () => 'leave paid 연차 휴가 paid');
    await expect(encoder.score({ query: '휴가', passages: many, signal: patient() })).rejects.toMatchObject({
      reason: 'timeout',
      retryable: true,
    });
    const caller = new AbortController();
    const left = encoder.score({ query: '휴가', passages: many, signal: caller.signal });
    caller.abort();
    await expect(left).rejects.toMatchObject({ reason: 'cancelled' });
    const patientOne = await start(newFolder());
    const [big, small] = [
      patientOne.score({ query: '휴가', passages: many.slice(0, 4_000), signal: patient() }).then(() => 'big'),
      patientOne.score({ query: '휴가', passages: ['leave'], signal: patient() }).then(() => 'small'),
    ];
    // One run of each call in turn: a large one holds up no small one.
    expect(await Promise.race([big, small])).toBe('small');
    await big;
  });

  it('says in one sentence why a folder is no cross-encoder', async () => {
    const bundled = join(__dirname, '../../models/multilingual-e5-small-ko-en');
    await expect(start(bundled)).rejects.toThrow(/the reranker in .* cannot be used: .*no output logits/);
    await expect(start(join(tmpdir(), 'nothing-here'))).rejects.toThrow(/cannot be used: no model.onnx/);
    const without = newFolder();
    const file = join(without, 'tokenizer.json');
    const tokenizer = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...tokenizer, post_processor: null }));
    await expect(start(without)).rejects.toThrow('does not say how a query and a passage are put together');
  });

  it('answers nobody after it was closed', async () => {
    const encoder = await start(newFolder());
    await encoder.close();
    await expect(encoder.score({ query: '휴가', passages: ['leave'], signal: patient() })).rejects.toMatchObject({ reason: 'unavailable' });
  });
});

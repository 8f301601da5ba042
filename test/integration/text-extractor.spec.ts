import type { ExtractedText } from '@aegis/application/providers/text-extractor';
import { IngestionFailed } from '@aegis/domain/ingestion/ingestion-errors';
import { ChildProcessTextExtractor } from '@aegis/infrastructure/providers/text-extractor/child-process-text-extractor';
import { ContentMediaTypeSniffer } from '@aegis/infrastructure/providers/text-extractor/content-media-type-sniffer';
import { DEFAULT_EXTRACTOR_LIMITS } from '@aegis/infrastructure/providers/text-extractor/extractor-limits';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pdfBomb, pdfFile, type PrintedLine } from '../support/pdf-file';

const PDF = 'application/pdf';
const never = new AbortController().signal;
const extractor = new ChildProcessTextExtractor();
const line = (text: string, y = 780, size = 11): PrintedLine => ({ text, x: 50, y, size });
const fixture = (name: string): Buffer => readFileSync(join(__dirname, '..', 'fixtures', name));

const extract = (bytes: Uint8Array, mediaType = PDF, signal = never): Promise<ExtractedText> =>
  extractor.extract({ bytes, mediaType, filename: 'file' }, signal);
const textOf = ({ blocks }: ExtractedText): string =>
  blocks
    .map((block) => (block.kind === 'table' ? [block.caption ?? '', ...block.header, ...block.rows.flat()].join(' ') : block.text))
    .join('\n');

async function codeOf(result: Promise<ExtractedText>): Promise<string> {
  try {
    await result;
    return 'none';
  } catch (error) {
    if (error instanceof IngestionFailed) return error.code;
    throw error;
  }
}

/** Child processes of this one that read documents. */
function readers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const parent = Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
        return parent === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('extractor-child') ? [Number(pid)] : [];
      } catch {
        return []; // It ended while it was looked at.
      }
    });
}

describe('a PDF with a text layer', () => {
  it('comes back as blocks with pages', async () => {
    const file = pdfFile([[line('취업규칙', 780, 20), line('연차 휴가는 15일이다.', 740)], [line('Annual leave is fifteen days.')]]);
    expect(await extract(file)).toEqual({
      pageCount: 2,
      warnings: [],
      blocks: [
        { kind: 'heading', level: 1, text: '취업규칙', page: 1 },
        { kind: 'paragraph', text: '연차 휴가는 15일이다.', page: 1 },
        { kind: 'paragraph', text: 'Annual leave is fifteen days.', page: 2 },
      ],
    });
  });

  it('has spaces where its font says U+0001', async () => {
    expect(textOf(await extract(pdfFile([[line('연차 휴가는 15일이다.')]], { spaceAs: '\u0001' })))).toBe('연차 휴가는 15일이다.');
  });

  it('is told about when one of its pages has no text', async () => {
    expect(await extract(pdfFile([[line('본문이 있는 쪽이다.')], []]))).toMatchObject({ pageCount: 2, warnings: ['page_without_text'] });
  });

  it('opens when only changing it needs a password', async () => {
    expect(textOf(await extract(fixture('password-to-edit.pdf')))).toContain('연차 휴가는 15일이다.');
  });

  it('may have more pages than a second lasts', async () => {
    const pages = Array.from({ length: 400 }, (_, index) => [line(`제${index + 1}조(휴가) 사원은 신청한다.`)]);
    const { pageCount, blocks } = await extract(pdfFile(pages));
    expect([pageCount, blocks.length]).toEqual([400, 800]);
  });
});

describe('a file that cannot be read', () => {
  it.each([
    ['file_encrypted', 'asks for a password', () => fixture('password-to-open.pdf')],
    ['file_corrupt', 'has no pages', () => pdfFile([])],
    ['file_corrupt', 'is cut off', () => pdfFile([[line('본문')]]).subarray(0, 300)],
    ['file_corrupt', 'is only called a PDF', () => Buffer.from('%PDF-1.7\n이것은 PDF가 아니다')],
    ['no_text', 'has pages without text', () => pdfFile([[], []])],
  ])('fails with %s when it %s', async (code, _, file) => {
    expect(await codeOf(extract(file()))).toBe(code);
  });

  it('fails with a code for a format without a reader', async () => {
    expect(await codeOf(extract(Buffer.from('x'), 'application/zip'))).toBe('unsupported_media_type');
  });

  it('fails with no_text when a page shows nothing', async () => {
    expect(await codeOf(extract(Buffer.from('<div hidden>비밀</div><p>—</p>'), 'text/html'))).toBe('no_text');
  });
});

describe('a file that takes too much', () => {
  it('fails with a code when it inflates without end, and the next one is read', async () => {
    const bomb = await pdfBomb(1_200 * 2 ** 20);
    expect(bomb.length).toBeLessThan(100_000);
    expect(['processing_memory_limit', 'processing_timed_out']).toContain(await codeOf(extract(bomb)));
    expect(readers()).toEqual([]);
    expect(textOf(await extract(pdfFile([[line('다음 문서')]])))).toBe('다음 문서');
  }, 90_000);

  it('fails with processing_memory_limit above the memory it may have', async () => {
    const small = new ChildProcessTextExtractor({ ...DEFAULT_EXTRACTOR_LIMITS, memoryBytes: 30_000_000 });
    expect(await codeOf(small.extract({ bytes: pdfFile([[line('본문')]]), mediaType: PDF, filename: 'a.pdf' }, never))).toBe(
      'processing_memory_limit',
    );
  });

  it.each([{ cpuMs: 1 }, { timeoutMs: 20 }])('fails with processing_timed_out above its time: %j', async (limit) => {
    const short = new ChildProcessTextExtractor({ ...DEFAULT_EXTRACTOR_LIMITS, ...limit });
    expect(await codeOf(short.extract({ bytes: pdfFile([[line('본문')]]), mediaType: PDF, filename: 'a.pdf' }, never))).toBe(
      'processing_timed_out',
    );
  });

  it('fails with file_too_large when it has more text than it may answer', async () => {
    const short = new ChildProcessTextExtractor({ ...DEFAULT_EXTRACTOR_LIMITS, outputBytes: 2_000 });
    const bytes = Buffer.from('연차 휴가는 15일이다.\n\n'.repeat(200));
    expect(await codeOf(short.extract({ bytes, mediaType: 'text/plain', filename: 'a.txt' }, never))).toBe('file_too_large');
  });

  it('ends at once when it is not wanted any more', async () => {
    const stop = new AbortController();
    const pages = Array.from({ length: 5_000 }, (_, index) => [line(`제${index + 1}조(휴가) 사원은 신청한다.`)]);
    const reading = extract(pdfFile(pages), PDF, stop.signal);
    reading.catch(() => undefined);
    for (let patience = 0; readers().length === 0 && patience < 400; patience += 1) await sleep(50);
    expect(readers()).toHaveLength(1);
    const since = Date.now();
    stop.abort(new Error('the job was taken away'));
    await expect(reading).rejects.toThrow('the job was taken away');
    expect(Date.now() - since).toBeLessThan(5_000); // left alone it reads for longer
    expect(readers()).toEqual([]);
  }, 60_000);

  it('is not begun when it is not wanted already', async () => {
    await expect(extract(pdfFile([[line('본문')]]), PDF, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  });
});

const examples = join(__dirname, '..', '..', 'examples', 'documents');
const documents = join(__dirname, '..', '..', '..', 'shared', 'eval', 'documents');
const filesIn = (folder: string, ending: RegExp): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => ending.test(name))
        .map((name) => join(folder, name))
    : [];
const sniffer = new ContentMediaTypeSniffer();
async function extractFile(path: string): Promise<ExtractedText> {
  const bytes = readFileSync(path);
  const mediaType = await sniffer.sniff(bytes.subarray(0, 65_536), path);
  if (mediaType === null) throw new IngestionFailed('unsupported_media_type', path);
  return extractor.extract({ bytes, mediaType, filename: path }, never);
}

describe('the example documents', () => {
  it('are all read, with headings', async () => {
    const files = filesIn(examples, /\.(?:pdf|md|html|txt)$/).filter((path) => !path.includes('sources'));
    for (const path of files) {
      const { blocks, pageCount } = await extractFile(path);
      expect([path, blocks.some(({ kind }) => kind === 'heading'), path.endsWith('.pdf') === (pageCount !== null)]).toEqual([
        path,
        true,
        true,
      ]);
    }
    expect(files.length).toBeGreaterThan(5);
  }, 120_000);
});

const ifShared = existsSync(documents) ? describe : describe.skip;
ifShared('the evaluation documents (skipped where ../shared is not beside the repository)', () => {
  const letters = (text: string): string => text.normalize('NFC').replaceAll(/\s/g, '');

  it('hold one Korean text in three encodings', async () => {
    const files = filesIn(join(documents, 'ko-encodings'), /\.txt$/);
    const texts = await Promise.all(files.map(async (path) => letters(textOf(await extractFile(path)))));
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]?.length).toBeGreaterThan(3_000);
  });

  it('hold regulations whose characters all come through', async () => {
    const figures: number[] = [];
    for (const path of filesIn(join(documents, 'ko-pdf-regulations'), /\.pdf$/)) {
      const found = counts(letters(textOf(await extractFile(path))));
      const expected = counts(letters(readFileSync(path.replace(/\.pdf$/, '.pdftotext.txt'), 'utf8')));
      figures.push(overlap(found, expected));
    }
    expect(figures).toHaveLength(11);
    expect(Math.min(...figures)).toBeGreaterThan(0.99);
  }, 120_000);

  it('hold files that fail with a code or are read, and never hang', async () => {
    const ends: Record<string, string> = {};
    for (const path of filesIn(join(documents, 'robustness'), /./)) ends[path.replace(/^.*\//, '')] = await codeOf(extractFile(path));
    expect(ends).toMatchObject({
      'encrypted.pdf': 'file_encrypted',
      'password.pdf': 'file_encrypted',
      'table-multi-row-column-cells.pdf': 'no_text',
      'multi-column-2p.pdf': 'none',
      'empty.xlsx': 'unsupported_media_type',
    });
  }, 120_000);

  it('hold pages and Markdown whose words come through', async () => {
    const missing: string[] = [];
    for (const path of filesIn(join(documents, 'office-docling'), /\.(?:html|md)$/).filter((name) => !name.endsWith('.expected.md'))) {
      const words = (text: string): Set<string> => new Set(text.match(/[\p{L}\p{N}]{3,}/gu));
      const expected = words(
        readFileSync(`${path}.expected.md`, 'utf8').replaceAll(/\]\([^)]*\)|<!--[\s\S]*?-->|\\|&#?\w+;|https?:\S+/g, ' '),
      );
      const found = words(textOf(await extractFile(path)));
      const lost = [...expected].filter((word) => !found.has(word));
      if (lost.length > 0.02 * expected.size) missing.push(`${path.replace(/^.*\//, '')}: ${lost.slice(0, 8).join(' ')}`);
    }
    expect(missing).toEqual([]);
  }, 240_000);
});

function counts(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const character of text) found.set(character, (found.get(character) ?? 0) + 1);
  return found;
}

/** F1 over characters: 1 when both have the same ones, as often. */
function overlap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const size = (bag: ReadonlyMap<string, number>): number => [...bag.values()].reduce((sum, count) => sum + count, 0);
  const common = [...a].reduce((sum, [character, count]) => sum + Math.min(count, b.get(character) ?? 0), 0);
  return (2 * common) / (size(a) + size(b));
}

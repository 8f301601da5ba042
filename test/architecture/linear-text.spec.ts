import { CitationStream } from '@aegis/domain/answering/citation-stream';
import { quoteSpans, readCitations } from '@aegis/domain/answering/citation';
import { extractiveAnswer } from '@aegis/domain/answering/extractive-answer';
import { sentencesOf } from '@aegis/domain/answering/sentence';
import { DEFAULT_CHUNK_LIMITS } from '@aegis/domain/ingestion/chunk-limits';
import { packChunks, planChunks } from '@aegis/domain/ingestion/chunking';
import { cleanBlocks } from '@aegis/domain/ingestion/clean-text';
import { languageOf } from '@aegis/domain/ingestion/language';
import type { Block } from '@aegis/domain/shared/block';
import { bm25Terms } from '@aegis/domain/shared/bm25-terms';
import { queryTerms } from '@aegis/domain/shared/query-terms';
import { ContentMediaTypeSniffer } from '@aegis/infrastructure/providers/text-extractor/content-media-type-sniffer';
import { readHtml } from '@aegis/infrastructure/providers/text-extractor/html-reader';
import { readMarkdown } from '@aegis/infrastructure/providers/text-extractor/markdown-reader';
import { readPlainText } from '@aegis/infrastructure/providers/text-extractor/plain-text-reader';

/** What an expression that goes back over its text stumbles on, repeated to the length that the function can be given. */
const RUNS = ['.', ' ', '\n', '\t', '[', '[1', '[1]', '1', ',', '가', 'a', '-', '|', '#', '<', '"', '*', '_', '…', '?!', '다.', '\u200d'];
const PAIRS = [
  '. ',
  ' .',
  '.\n',
  '\n ',
  ' \n',
  '."',
  '".',
  '.[1]',
  ' [',
  '[ 1',
  '[1,',
  '1,',
  'a-',
  '1 ',
  'a ',
  '가 ',
  '|-',
  '| |\n',
  'a\n',
  '- a\n',
];
const HOSTILE = [...RUNS, ...PAIRS];

const DOCUMENT = 1_000_000;
/** Sentences of one character: what is made of each takes longer than finding it. By the square, these would take ten seconds. */
const SENTENCES = 50_000;
/** Far above a chunk, which the embedding model reads whole. */
const CHUNK = 20_000;
const ANSWER = 100_000;
const QUERY = 8_000;
const HEAD = 65_536;
/** Read in a process with limits of its own: what its library takes for a megabyte holds nobody up. */
const MARKUP = 2_000;

/** Of the processor: waiting for one counts for nothing. Up to here nobody asks. A busy machine may take longer: then a quarter of the text must take clearly less, and all of it no eternity. */
const LIMIT_MS = 200;
const ETERNITY_MS = 5_000;
/** For a quarter of the text, what grows with its length takes a quarter of the time, what costs its square a sixteenth: between the two. */
const GROWTH = 8;
/** Other work on the machine makes single tries slow; what costs the square of its length is slow each time. */
const ROUNDS = 8;
const PATIENCE_MS = 300_000;

const paragraph = (text: string): Block => ({ kind: 'paragraph', text, page: null });
const table = (text: string): Block => ({ kind: 'table', caption: text, header: [text, 'b'], rows: [['a', text]], page: null });
const chunk = (block: Block): unknown =>
  packChunks(planChunks([block]), (text) => Math.ceil(text.length / 3), DEFAULT_CHUNK_LIMITS, DEFAULT_CHUNK_LIMITS.maxTokens);
const file = (text: string) => ({ bytes: Buffer.from(text), filename: 'page.html', onPageCount: () => undefined });

function streamed(answer: string): void {
  const stream = new CitationStream(5);
  for (let at = 0; at < answer.length; at += 4) stream.push(answer.slice(at, at + 4));
  stream.end();
}

const READERS: readonly (readonly [name: string, characters: number, read: (text: string) => unknown])[] = [
  ['cleanBlocks of a paragraph', DOCUMENT / 2, (text) => cleanBlocks([paragraph(text)])],
  ['cleanBlocks of code', DOCUMENT / 2, (text) => cleanBlocks([{ kind: 'code', text, page: null }])],
  ['planChunks and packChunks of a paragraph', SENTENCES, (text) => chunk(paragraph(text))],
  ['planChunks and packChunks of a heading', SENTENCES, (text) => chunk({ kind: 'heading', level: 1, text, page: null })],
  ['planChunks and packChunks of a table', SENTENCES, (text) => chunk(table(text))],
  ['languageOf', DOCUMENT, languageOf],
  ['readPlainText', DOCUMENT, (text) => readPlainText(file(text))],
  ['sentencesOf', CHUNK, sentencesOf],
  ['bm25Terms', CHUNK, bm25Terms],
  ['quoteSpans of a source', CHUNK, (text) => quoteSpans('15 days of leave', text)],
  ['quoteSpans of a claim', ANSWER, (text) => quoteSpans(text, '연차 휴가는 15일이다.')],
  [
    'extractiveAnswer of a source',
    CHUNK / 2,
    (text) => extractiveAnswer('휴가는 얼마?', 'ko', [{ number: 1, content: text, section: '' }]),
  ],
  ['extractiveAnswer of a query', QUERY, (text) => extractiveAnswer(text, 'ko', [{ number: 1, content: '휴가는 15일이다.', section: '' }])],
  ['readCitations', ANSWER, (text) => readCitations(text, 5)],
  ['CitationStream', ANSWER, streamed],
  ['queryTerms', QUERY, queryTerms],
  ['ContentMediaTypeSniffer', HEAD, (text) => new ContentMediaTypeSniffer().sniff(Buffer.from(text), 'page.html')],
  ['readMarkdown', MARKUP, (text) => readMarkdown(file(text))],
  ['readHtml', MARKUP, (text) => readHtml(file(text))],
];

async function msOf(read: (text: string) => unknown, text: string): Promise<number> {
  const started = process.cpuUsage();
  await read(text);
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1_000;
}

/** Null for what grows with the length; else what was measured. Whole and quarter take turns, so that a busy minute meets both. */
async function complaint(read: (text: string) => unknown, hostile: string, characters: number): Promise<string | null> {
  const ofLength = (length: number) => `x${hostile.repeat(length / hostile.length)}y`;
  const [whole, quarter] = [ofLength(characters), ofLength(characters / 4)];
  let [ms, quarterMs] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round += 1) {
    ms = Math.min(ms, await msOf(read, whole));
    if (ms <= LIMIT_MS) return null;
    quarterMs = Math.min(quarterMs, await msOf(read, quarter));
    if (round > 0 && ms < ETERNITY_MS && ms < GROWTH * quarterMs) return null;
  }
  return `${JSON.stringify(hostile)}: ${Math.round(ms)} ms, a quarter of it ${Math.round(quarterMs)} ms`;
}

/** One file that takes an hour, or one answer, would hold up every other tenant on the same thread. */
describe('the time that text takes grows with its length only', () => {
  it.each(READERS)(
    'in %s',
    async (_, characters, read) => {
      const slow: (string | null)[] = [];
      for (const hostile of HOSTILE) slow.push(await complaint(read, hostile, characters));
      expect(slow.filter((each) => each !== null)).toEqual([]);
    },
    PATIENCE_MS,
  );
});

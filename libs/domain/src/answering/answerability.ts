import type { ChunkText } from '../shared/chunk-text';
import { holdsAnswer } from './answer-kinds';
import { expectedAnswer } from './expected-answer';
import { foreignTo } from './foreign-text';
import { namesIn, plainText } from './named-things';
import { sentenceTexts } from './sentence';
import { statedNumbers } from './stated-numbers';
import { speaksOfYear, statedYears } from './stated-years';

/** What a question says or asks for and no chunk of the evidence holds: each the share of it, 0 to 1. */
export interface AnswerabilityFigures {
  readonly year: number;
  /** Numbers other than years. */
  readonly number: number;
  /** Names in the question's own spelling: capitals in English, Latin words and what stands in quotation marks in Korean. */
  readonly name: number;
  /** 1 where what the question asks for (an amount, a date, a person ...) stands in no sentence that speaks of its matter. */
  readonly answer: number;
}

export type EvidenceGap = keyof AnswerabilityFigures;

/** Chunks that are read; the same that the first stage counts as evidence. */
const CHUNKS_READ = 5;
/** Of the words of the best sentence; sentences with fewer do not speak of the matter. */
const SPEAKS_OF_IT = 0.7;

/** The smallest share that one chunk leaves out; 0 where there is nothing to look for. */
function missing(wanted: readonly string[], chunks: readonly ((item: string) => boolean)[]): number {
  if (wanted.length === 0) return 0;
  const held = chunks.map((holds) => wanted.filter(holds).length);
  return 1 - Math.max(0, ...held) / wanted.length;
}

const plainWhole = ({ filename, context, content }: ChunkText): string => plainText(`${filename}\n${context}\n${content}`);

function holdsNumber(text: string): (number: string) => boolean {
  let numbers: ReadonlySet<string> | undefined;
  return (number) => (numbers ??= new Set(text.match(/\d+(?:\.\d+)*/g))).has(number);
}

/** Words as they are written: whether a sentence speaks of the same matter needs no more. */
const wordsOf = (text: string): string[] => plainText(text).match(/[\p{L}\p{N}]{2,}/gu) ?? [];

function tellingSentences(question: string, chunks: readonly ChunkText[]): string[] {
  const asked = [...new Set(wordsOf(question))];
  const sentences = chunks.flatMap((chunk) => chunk.read(sentenceTexts));
  const hits = sentences.map((sentence) => {
    const plain = plainText(sentence);
    // Korean words end differently in a question and in its answer: their first two syllables are compared.
    return asked.filter((word) => plain.includes(word.slice(0, Math.max(2, word.length - 2)))).length;
  });
  const enough = Math.max(1, SPEAKS_OF_IT * Math.max(0, ...hits));
  return sentences.filter((_, at) => (hits[at] ?? 0) >= enough);
}

/**
 * Reads the question against the first chunks. Pure, in Korean and English; it knows no synonyms and no sums. `years`: of the state that was
 * searched: what holds in a year does not have to say so.
 */
export function answerabilityFigures(question: string, found: readonly ChunkText[], years: readonly string[] = []): AnswerabilityFigures {
  const chunks = found.slice(0, CHUNKS_READ);
  const texts = chunks.map((chunk) => chunk.read(plainWhole));
  const named = statedYears(question);
  const holding = texts.map(holdsNumber);
  // A name is written otherwise in the other language.
  const isForeign = foreignTo(question);
  const own = texts.filter((_, at) => chunks[at] !== undefined && !isForeign(chunks[at]));
  const expected = expectedAnswer(question);
  const telling = expected === 'other' || expected === 'yes_no' ? [] : tellingSentences(question, chunks);
  return {
    year: missing(
      named.filter((year) => !years.includes(year)),
      texts.map((text) => (year) => speaksOfYear(text, year)),
    ),
    number: missing(
      statedNumbers(question).filter((number) => !named.includes(number)),
      holding,
    ),
    name:
      own.length * 2 <= texts.length
        ? 0
        : missing(
            namesIn(question),
            own.map((text) => (name) => text.includes(name)),
          ),
    answer: telling.length === 0 || telling.some((sentence) => holdsAnswer(expected, sentence, question)) ? 0 : 1,
  };
}

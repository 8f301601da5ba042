import { joinNeighbours, type Passage, type PromptChunk } from '@aegis/domain/answering/passage';
import type { AnswerLanguage, EvidenceSource, PromptMessage } from '../providers/language-model';
import { NOT_IN_SOURCES, questionHeading, rules, sourceHeading, sourcesIntroduction, tenantStyle, closing } from './prompt-texts';
import { neutralise, oneLine } from './prompt-safety';
import { cutToTokens, keepBothEnds } from './cut-to-tokens';

/** Changes with every change of a word that a model reads: an answer can be traced to what was asked. */
export const PROMPT_VERSION = 'answer-2026-11-2';

/** A chunk for a prompt, best first; neighbours with a place become one passage. */
export type PromptSource = Omit<EvidenceSource, 'number' | 'lastPage'> & PromptChunk;

export interface PromptOptions {
  /** The tenant's own wishes for style; they never replace the rules. */
  readonly systemPrompt: string | null;
  /** For all messages together, as `countTokens` counts. */
  readonly tokenBudget: number;
  /** Random per call (letters and digits, at least 8): a document cannot know it, so it cannot close its own block. */
  readonly delimiterSeed: string;
  /** Never too low, e.g. that of the language model. */
  readonly countTokens: (text: string) => number;
}

export interface Prompt {
  readonly messages: readonly PromptMessage[];
  /** What is in the prompt, with their numbers; the last chunk may be cut. Only these may be cited. */
  readonly sources: readonly EvidenceSource[];
  /** The same with what they are made of; chunks are named by their place among those that were given, from 0. */
  readonly passages: readonly Passage<FittingSource>[];
  /** Stands around and beside every line of a source. Must never be in an answer: if it is, the model repeats its prompt. */
  readonly delimiter: string;
  readonly tokens: number;
}

/** Of a chunk, what there was room for; `at`: its place among those that were given. */
type FittingSource = PromptSource & { readonly at: number };

/** A chat template adds a little around each message. */
const FRAME_TOKENS = 64;
/** A shorter rest of a source misleads more than it helps. */
const SHORTEST_SOURCE_TOKENS = 48;
const TENANT_STYLE_SHARE = 0.15;
const QUERY_SHARE = 0.3;

/**
 * The prompt for one query. What is the same for every query of a tenant comes first, so that a model server can reuse it; sources are
 * marked line by line as data, and the instruction is repeated after them. The same input gives the same prompt.
 */
export function buildPrompt(query: string, language: AnswerLanguage, sources: readonly PromptSource[], options: PromptOptions): Prompt {
  const { tokenBudget, countTokens } = options;
  const delimiter = `S${options.delimiterSeed}`;
  const style =
    options.systemPrompt === null ? '' : cutToTokens(neutralise(options.systemPrompt), tokenBudget * TENANT_STYLE_SHARE, countTokens);
  const system = style === '' ? rules(language) : `${rules(language)}\n\n${tenantStyle(language, style)}`;
  const asked = keepBothEnds(withoutDelimiter(neutralise(query), delimiter), tokenBudget * QUERY_SHARE, countTokens);
  const introduction = sourcesIntroduction(language, delimiter);
  const question = `${questionHeading(language)}\n${asked}\n\n${closing(language)}`;

  const room = tokenBudget - countTokens(`${system}\n${introduction}\n\n${question}`) - FRAME_TOKENS;
  const fitting = fitSources(sources, room, countTokens, (source, at) => block({ ...source, number: at + 1 }, language, delimiter));
  // Joined after they were fitted: a passage needs less than its chunks, and none takes the room of a better one.
  const passages = joinNeighbours(fitting, ({ at, content }) => content !== sources[at]?.content);
  const numbered = passages.flatMap((passage, at) => evidenceOf(passage, at + 1));
  const blocks = numbered.map((source) => block(source, language, delimiter)).join('\n\n');
  const messages: readonly PromptMessage[] = [
    { role: 'system', content: system },
    { role: 'user', content: `${introduction}\n\n${blocks}\n\n${question}` },
  ];
  const tokens = messages.reduce((sum, { content }) => sum + countTokens(content), FRAME_TOKENS);
  return { messages, sources: numbered, passages, delimiter, tokens };
}

function evidenceOf({ content, parts }: Passage<FittingSource>, number: number): readonly EvidenceSource[] {
  const [first, last] = [parts[0]?.chunk, parts.at(-1)?.chunk];
  if (first === undefined || last === undefined) return [];
  const { filename, page, section } = first;
  return [{ number, content, filename, page, ...(last.page !== null && last.page !== page && { lastPage: last.page }), section }];
}

/**
 * Where an answer that is still coming stands: the model is saying that the sources do not hold it, it is not, or too little has come to
 * tell. Hold tokens back while `undecided`; an answer that ends so is no refusal.
 */
export function refusalState(answerSoFar: string): 'refusal' | 'undecided' | 'answer' {
  const start = answerSoFar.replace(/^[\s"'`*([]+/u, '');
  if (start.startsWith(NOT_IN_SOURCES)) return 'refusal';
  return NOT_IN_SOURCES.startsWith(start) ? 'undecided' : 'answer';
}

/** In order while they fit; the first that does not fit is cut, all after it are left out. */
function fitSources(
  sources: readonly PromptSource[],
  room: number,
  countTokens: (text: string) => number,
  write: (source: PromptSource, at: number) => string,
): readonly FittingSource[] {
  const fitting: FittingSource[] = [];
  let left = room;
  for (const [at, source] of sources.entries()) {
    const tokens = countTokens(`${write(source, at)}\n\n`);
    if (tokens <= left) {
      fitting.push({ ...source, at });
      left -= tokens;
      continue;
    }
    const written = (content: string) => countTokens(`${write({ ...source, content }, at)}\n\n`);
    const content = cutToTokens(source.content, left, written);
    if (written(content) - written('') >= SHORTEST_SOURCE_TOKENS) fitting.push({ ...source, content, at });
    break;
  }
  return fitting;
}

function block(source: EvidenceSource, language: AnswerLanguage, delimiter: string): string {
  const name = oneLine(withoutDelimiter(neutralise(source.filename), delimiter));
  const section = oneLine(withoutDelimiter(neutralise(source.section), delimiter));
  const heading = sourceHeading(language, { number: source.number, name, page: source.page, lastPage: source.lastPage, section });
  const lines = withoutDelimiter(neutralise(source.content), delimiter).split('\n');
  return [`<${delimiter}>`, heading, ...lines.map((line) => `${delimiter}| ${line}`), `</${delimiter}>`].join('\n');
}

function withoutDelimiter(text: string, delimiter: string): string {
  return text.replaceAll(delimiter, `${delimiter.slice(0, 1)}-${delimiter.slice(1)}`);
}

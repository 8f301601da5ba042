import type { AnswerBody, AnsweredBody, SourceBody } from '@aegis/presentation/answering/answer.dto';
import { cutToWidth } from './display-width';
import type { Terminal } from './terminal';
import { wrapText } from './wrap-text';

const CITATION_INDENT = 4;

/** An answer or a refusal for a person: lines of at most the terminal's width, each begun with `indent`. */
export function answerText(answer: AnswerBody, terminal: Terminal, indent = ''): readonly string[] {
  const columns = terminal.columns - indent.length;
  const lines = answer.refused
    ? wrapText(answer.reason, columns).map((line) => terminal.style('yellow', line))
    : wrapText(answer.answer, columns).map((line) => terminal.style('bold', line));
  return [...lines, ...footnotes(answer, terminal, columns)].map((line) => indent + line);
}

/** What stands below the answer: its sources, and the figures. */
export function footnotes(answer: AnswerBody, terminal: Terminal, columns = terminal.columns): readonly string[] {
  return [...(answer.refused ? [] : sourceLines(answer, terminal, columns)), terminal.style('dim', figures(answer))];
}

function sourceLines(answer: AnsweredBody, terminal: Terminal, columns: number): readonly string[] {
  return citedSources(answer).flatMap((source) => {
    const quotes = source.quotes.map(({ start, end }) => `“${source.content.slice(start, end).replace(/\s+/g, ' ')}”`);
    const shown = quotes.map((quote) => ' '.repeat(CITATION_INDENT) + cutToWidth(quote, columns - CITATION_INDENT));
    return [cutToWidth(`[${source.citation ?? ''}] ${placeOf(source)}`, columns), ...shown.map((line) => terminal.style('dim', line))];
  });
}

export const citedSources = (answer: AnsweredBody): readonly SourceBody[] => answer.sources.filter(({ citation }) => citation !== null);

export function placeOf({ filename, version, page, section }: SourceBody): string {
  return [`${filename}, version ${version}`, page === null ? '' : `page ${page}`, section].filter((part) => part !== '').join(' · ');
}

function figures(answer: AnswerBody): string {
  const similarity = answer.refused ? answer.max_similarity : Math.max(...answer.sources.map((source) => source.similarity ?? 0));
  return [
    `confidence ${answer.confidence.toFixed(2)}`,
    ...(similarity === null ? [] : [`similarity ${similarity.toFixed(2)}`]),
    usd(answer.cost_usd),
    `${answer.latency_ms} ms`,
    ...(answer.refused ? [answer.reason_code] : [answer.model]),
    ...answer.degraded,
  ].join(' · ');
}

/** `$0` and else as many decimals as there are, at most six. */
export const usd = (amount: number): string => `$${amount.toFixed(6).replace(/\.?0+$/, '')}`;

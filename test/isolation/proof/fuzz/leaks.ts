import type { Received } from './http-client';
import { idsIn } from './masks';
import type { Twin } from './twin';

/** What of `other` stands in an answer to `asking`, which did not send it itself. */
export function leaksIn(received: Received, asking: Twin, other: Twin): readonly string[] {
  const said = `${JSON.stringify(received.headers)}\n${received.text}\n${streamedText(received.text)}`;
  const text = [...asking.sent].reduce((rest, value) => rest.replaceAll(value, '').replaceAll(encodeURIComponent(value), ''), said);
  const ids = new Set(idsIn(text).filter((id) => other.secrets.has(id)));
  const texts = [...other.secrets].filter((secret) => !IS_ID.test(secret) && text.includes(secret));
  return [...ids, ...texts, ...(holds(text, other.canary) ? [`canary ${other.canary}`] : [])];
}

const IS_ID = /^[0-9a-f]{8}-/;

/** In any spelling. */
function holds(text: string, canary: string): boolean {
  return (
    text.toLowerCase().includes(canary) ||
    base64Of(canary).some((form) => text.includes(form)) ||
    text.includes(Array.from(canary).reverse().join(''))
  );
}

/** The part of each of the three alignments that does not depend on what stands beside. */
const base64Of = (text: string): readonly string[] =>
  [0, 1, 2].map((offset) =>
    Buffer.from(`${' '.repeat(offset)}${text}`)
      .toString('base64url')
      .slice(Math.ceil((offset * 4) / 3) + 1, -4),
  );

/** Increments of a streamed answer, joined: a canary may be cut in two. */
const streamedText = (text: string): string =>
  text.startsWith('id:')
    ? [...text.matchAll(/^data: \{"content":(".*")\}$/gm)].map(([, json]) => JSON.parse(json ?? '""') as string).join('')
    : '';

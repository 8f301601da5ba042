import type { Received } from './http-client';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const KEY = /\bag_(live|test)_[0-9A-Za-z]+(…|\.\.\.)?/g;
const TOKEN = /\b[A-Za-z0-9_-]{20,}(\.[A-Za-z0-9_-]{20,}){1,2}/g;
const TRACE = /("trace_id":)"[0-9a-f]+"/g;
/** Numbers that are of the clock. */
const DURATION = /("(?:latency_ms|expires_in)":)\d+/g;
/** Written behind the answers, when there is time: seen or not yet. */
const LATE = /("last_used_at":)(?:null|"[^"]*")/g;
/** New in every answer, or of the clock; a body that is compared needs no length and no digest. */
const VOLATILE_HEADERS = [
  'date',
  'x-request-id',
  'ratelimit',
  'ratelimit-policy',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'etag',
];

/** Numbers ids in the order in which they appear: equal ids stay equal, and two tenants with the same history get the same text. */
export class IdNumbers {
  private readonly numbers = new Map<string, number>();

  of(id: string): string {
    const number = this.numbers.get(id) ?? this.numbers.size;
    this.numbers.set(id, number);
    return `<id ${number}>`;
  }
}

/**
 * An answer without what is new in each: times, ids, credentials; `strangers` stand for what the request named, `sent` for what earlier ones
 * did: an audit trail repeats it.
 */
export function masked(
  { status, headers, text }: Received,
  strangers: readonly string[],
  ids: IdNumbers,
  sent: Iterable<string> = [],
): string {
  const kept = Object.entries(headers).filter(([name]) => !VOLATILE_HEADERS.includes(name));
  const whole = `${status}\n${kept.map(([name, value]) => `${name}: ${String(value)}\n`).join('')}\n${text}`;
  const requestId = headers['x-request-id'];
  return [...namesOf(strangers), ...namesOf([...sent]).map(([name]) => [name, 'sent'] as const)]
    .reduce(
      (all, [name, place]) => all.replaceAll(name, `<stranger ${place}>`),
      typeof requestId === 'string' ? whole.replaceAll(requestId, '<request>') : whole,
    )
    .replace(KEY, '<key>')
    .replace(TOKEN, '<token>')
    .replace(TRACE, '$1"<trace>"')
    .replace(LATE, '$1<late>')
    .replace(TIME, '<time>')
    .replace(DURATION, '$1<ms>')
    .replace(UUID, (id) => ids.of(id.toLowerCase()));
}

/** As they may stand in an answer. */
const namesOf = (values: readonly string[]): (readonly [string, number])[] =>
  values.flatMap((value, place) =>
    [...new Set([value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)])].map((name) => [name, place] as const),
  );

/** A masked answer as the set of its records, whichever comes first. */
export const withoutOrder = (text: string): string =>
  text
    .replace(/<id \d+>/g, '<id>')
    .split(/\n|(?<=\}),(?=\{)|\[(?=\{)|(?<=\})\]/)
    .sort()
    .join('\n');

export const idsIn = (text: string): readonly string[] => (text.match(UUID) ?? []).map((id) => id.toLowerCase());

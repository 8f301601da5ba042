import { ValidationFailed } from '@aegis/domain/shared/validation-failed';
import { HttpProblem } from './problems/http-problem';

const MAX_DEPTH = 32;
/** Of one object or list. No field takes so many, and what validates them takes time by their square. */
const MAX_MEMBERS = 1_000;
/** A key of such a name would reach behind the object it stands in. */
const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype'];

interface Level {
  /** Null inside an array. */
  readonly keys: Set<string> | null;
  key: string;
  index: number;
}

/**
 * Looks at JSON text once, before it is parsed: nesting that is too deep and dangerous keys are a malformed body. A key that comes twice is
 * named (a parser would silently keep the last), and so is what has too many members. What is no JSON at all is left to the parser.
 */
export function guardJson(text: string): void {
  const levels: Level[] = [];
  let expectsKey = false;
  for (let at = 0; at < text.length; at++) {
    const level = levels.at(-1);
    switch (text.charAt(at)) {
      case '{':
      case '[': {
        expectsKey = text.charAt(at) === '{';
        levels.push({ keys: expectsKey ? new Set() : null, key: '', index: 0 });
        if (levels.length > MAX_DEPTH)
          throw new HttpProblem('malformed_body', { reason: 'body_too_deep', parameters: { limit: MAX_DEPTH } });
        break;
      }
      case '}':
      case ']':
        levels.pop();
        expectsKey = false;
        break;
      case ',':
        expectsKey = level !== undefined && level.keys !== null;
        if (level?.keys === null) {
          level.index += 1;
          if (level.index === MAX_MEMBERS) throw tooMany(levels);
        }
        break;
      case '"': {
        const end = endOfString(text, at);
        if (expectsKey && level !== undefined) rememberKey(levels, level, text.slice(at, end + 1));
        expectsKey = false;
        at = end;
      }
    }
  }
}

/** Where the string that starts at `from` ends; the end of the text when it never does. */
export function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '"') return at;
  }
  return text.length;
}

function rememberKey(levels: readonly Level[], level: Level, literal: string): void {
  const key = unquoted(literal);
  if (FORBIDDEN_KEYS.includes(key)) throw new HttpProblem('malformed_body', { reason: 'body_with_forbidden_key' });
  level.key = key;
  if (level.keys?.has(key) === true) {
    throw new ValidationFailed([{ pointer: pointerTo(levels), code: 'duplicate_field', message: 'is given more than once' }]);
  }
  level.keys?.add(key);
  if ((level.keys?.size ?? 0) > MAX_MEMBERS) throw tooMany(levels);
}

const tooMany = (levels: readonly Level[]): ValidationFailed =>
  new ValidationFailed([{ pointer: pointerTo(levels.slice(0, -1)), code: 'too_many', message: `has more than ${MAX_MEMBERS} entries` }]);

const pointerTo = (levels: readonly Level[]): string =>
  levels.map((level) => `/${level.keys === null ? level.index : escaped(level.key)}`).join('');

function unquoted(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal; // no JSON: the parser says so
  }
}

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

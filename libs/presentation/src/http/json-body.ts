import { ValidationFailed } from '@aegis/domain/shared/validation-failed';
import type { IncomingMessage } from 'node:http';
import { TextDecoder } from 'node:util';
import type { FastifyRequest } from 'fastify';
import { routeRulesOf, type LongField } from './access';
import { MAX_PROBLEMS } from './check-input';
import { endOfString, guardJson } from './json-guard';
import { HttpProblem } from './problems/http-problem';

export const JSON_LIMIT_BYTES = 1_048_576;
/** A client that has sent too much is read on for so long, so that it can take the answer. */
const DISCARD_BYTES = 33_554_432;
const BODY_TIMEOUT_MS = 10_000;

/** Fastify's parser of `application/json`: bounded in size, time and depth, UTF-8 only, strict about keys. */
export async function parseJsonBody(request: FastifyRequest, raw: IncomingMessage): Promise<unknown> {
  const rules = routeRulesOf(request.routeOptions.config);
  const encoding = request.headers['content-encoding'];
  if (rules?.body === 'multipart') throw new HttpProblem('unsupported_media_type');
  if (encoding !== undefined && encoding !== 'identity') throw new HttpProblem('unsupported_media_type', { reason: 'body_encoded' });
  if (!saysUtf8(request.headers['content-type'] ?? '')) throw new HttpProblem('unsupported_media_type', { reason: 'charset_not_utf8' });
  const { bytes, complete } = await readBounded(raw);
  if (!complete) throw tooLarge(bytes, rules?.longField ?? null);
  if (bytes.length === 0) return undefined;
  const text = decoded(bytes);
  guardJson(text);
  const body = parsed(text);
  if (rules?.body === 'none' || request.method === 'DELETE') refuseFields(body);
  return body;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem('malformed_body', { reason: 'body_not_json' }); // the parser's message quotes the body: it stays here
  }
}

/** Throws ValidationFailed for every field: an option that does not exist is refused, never ignored. */
function refuseFields(body: unknown): void {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (!isObject) throw new ValidationFailed([{ pointer: '', code: 'wrong_type', message: 'must be an object' }]);
  const names = Object.keys(body).slice(0, MAX_PROBLEMS);
  if (names.length === 0) return;
  throw new ValidationFailed(
    names.map((name) => ({ pointer: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, code: 'unknown_field', message: '' })),
  );
}

/** Without a charset JSON is UTF-8 (RFC 8259, 8.1). Read as UTF-8, Korean in another one would be rubbish, or no text at all. */
const saysUtf8 = (contentType: string): boolean =>
  [...contentType.matchAll(CHARSET)].every(([, quoted, plain]) => /^utf-?8$/i.test(quoted ?? plain ?? ''));
const CHARSET = /;\s*charset\s*=\s*(?:"([^"]*)"|([^;\s]*))/gi;

async function readBounded(raw: IncomingMessage): Promise<{ readonly bytes: Buffer; readonly complete: boolean }> {
  const chunks: Buffer[] = [];
  let received = 0;
  const patience = setTimeout(() => raw.destroy(new Error('the body came too slowly')), BODY_TIMEOUT_MS);
  try {
    for await (const chunk of raw as AsyncIterable<Buffer>) {
      if (received <= JSON_LIMIT_BYTES) chunks.push(chunk);
      received += chunk.length;
      if (received > DISCARD_BYTES) break;
    }
  } catch (cause) {
    throw new HttpProblem('malformed_body', { cause, reason: 'body_too_slow', headers: { connection: 'close' } });
  } finally {
    clearTimeout(patience);
  }
  return { bytes: Buffer.concat(chunks), complete: received <= JSON_LIMIT_BYTES };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function decoded(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new HttpProblem('malformed_body', { reason: 'body_not_utf8' });
  }
}

/** A query that is too long has one code of its own, also where it makes the whole body too large. */
function tooLarge(start: Buffer, field: LongField | null): HttpProblem {
  if (field !== null && startsWithLong(start.toString('utf8'), field)) {
    return new HttpProblem('query_too_long', { parameters: { limit: field.limit.toLocaleString('en-US') } });
  }
  return new HttpProblem('body_too_large');
}

function startsWithLong(text: string, { name, limit }: LongField): boolean {
  const key = new RegExp(`"${name}"\\s*:\\s*"`).exec(text);
  if (key === null) return false;
  const from = key.index + key[0].length;
  return endOfString(text, from - 1) - from > limit;
}

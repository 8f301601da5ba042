import type { IncomingMessage } from 'node:http';
import { TextDecoder } from 'node:util';
import type { FastifyRequest } from 'fastify';
import { routeRulesOf, type LongField } from './access';
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
  if (rules?.body === 'multipart' || (encoding !== undefined && encoding !== 'identity')) throw new HttpProblem('unsupported_media_type');
  const { bytes, complete } = await readBounded(raw);
  if (!complete) throw tooLarge(bytes, rules?.longField ?? null);
  if (bytes.length === 0) return undefined;
  const text = decoded(bytes);
  guardJson(text);
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem('malformed_body'); // the parser's message quotes the body: it stays here
  }
}

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
    throw new HttpProblem('malformed_body', { cause, headers: { connection: 'close' } });
  } finally {
    clearTimeout(patience);
  }
  return { bytes: Buffer.concat(chunks), complete: received <= JSON_LIMIT_BYTES };
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HttpProblem('malformed_body');
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

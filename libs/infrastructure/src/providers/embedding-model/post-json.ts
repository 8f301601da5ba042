import { parseRecord, parseValue, type JsonRecord } from '../language-model/json-record';
import { openStream } from '../language-model/open-stream';
import { badAnswer } from '../language-model/read-lines';

export interface JsonPost {
  readonly provider: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** A longer answer is refused while it is read. */
  readonly maxBytes: number;
}

/** Throws ProviderError; `bad_answer` for what is no JSON object or too long. */
export const postJson = async (post: JsonPost, signal: AbortSignal): Promise<JsonRecord> =>
  parseRecord(await answerText(post, signal), post.provider);

/** The same for servers that answer with a bare list. */
export const postForValue = async (post: JsonPost, signal: AbortSignal): Promise<unknown> =>
  parseValue(await answerText(post, signal), post.provider);

async function answerText({ provider, maxBytes, ...request }: JsonPost, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of await openStream(provider, { ...request, mediaTypes: ['application/json'] }, signal)) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw badAnswer(provider, 'the answer is too long');
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Room for vectors of up to 8,192 numbers as text, and for what stands around them. */
export function answerBytes(texts: number): number {
  return 65_536 + texts * 8_192 * 26;
}

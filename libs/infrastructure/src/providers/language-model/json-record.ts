import { badAnswer } from './read-lines';

export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Throws ProviderError `bad_answer`. The text itself is not repeated: it may be a customer's. */
export function parseValue(text: string, provider: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badAnswer(provider, 'the answer holds something other than JSON');
  }
}

/** The same for what must be an object. */
export function parseRecord(text: string, provider: string): JsonRecord {
  const value = parseValue(text, provider);
  if (!isRecord(value)) throw badAnswer(provider, 'the answer holds something other than objects');
  return value;
}

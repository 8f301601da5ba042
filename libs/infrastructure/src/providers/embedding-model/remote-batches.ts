/** Below every provider's limits (OpenAI: 2,048 inputs and 300,000 tokens) and small enough to be sent again after a failure. */
const BATCH_TEXTS = 64;
const BATCH_CHARACTERS = 64_000;

/** Batches in the order of the texts, each of at least one. */
export function batchesOf(texts: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let characters = 0;
  for (const text of texts) {
    const batch = batches.at(-1);
    characters += text.length;
    if (batch !== undefined && batch.length < BATCH_TEXTS && characters <= BATCH_CHARACTERS) {
      batch.push(text);
    } else {
      batches.push([text]);
      characters = text.length;
    }
  }
  return batches;
}

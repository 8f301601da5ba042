export interface ModelReference {
  readonly provider: string;
  readonly model: string | undefined;
}

/** Reads `LLM_FALLBACKS`: `provider` or `provider:model`, separated by commas; model names may hold colons (`ollama:qwen3:4b`). */
export function parseModelReferences(text: string): readonly ModelReference[] {
  const entries = text.split(',').map((entry) => entry.trim());
  return entries
    .filter((entry) => entry !== '')
    .map((entry) => {
      const colon = entry.indexOf(':');
      if (colon === -1) return { provider: entry, model: undefined };
      const model = entry.slice(colon + 1);
      return { provider: entry.slice(0, colon), model: model === '' ? undefined : model };
    });
}

import { isRecord } from './json-record';
import { fetchRecord } from './fetch-record';

export interface InstalledModel {
  readonly name: string;
  /** False for what only makes vectors. */
  readonly chats: boolean;
}

const EMBEDDING_FAMILY = /bert|embed/i;

/** What `/api/tags` lists, in its order: newest first. Throws ProviderError. */
export async function installedModels(origin: URL, signal: AbortSignal): Promise<readonly InstalledModel[]> {
  const answer = await fetchRecord('ollama', { url: new URL('/api/tags', origin), headers: {}, mediaTypes: ['application/json'] }, signal);
  const models: readonly unknown[] = Array.isArray(answer['models']) ? answer['models'] : [];
  return models.flatMap((model) => {
    if (!isRecord(model) || typeof model['name'] !== 'string') return [];
    const family = isRecord(model['details']) ? model['details']['family'] : undefined;
    return [{ name: model['name'], chats: !EMBEDDING_FAMILY.test(`${typeof family === 'string' ? family : ''} ${model['name']}`) }];
  });
}

/** `gemma3` means `gemma3:latest`, as in Ollama itself. */
export function isInstalled(model: string, installed: readonly InstalledModel[]): boolean {
  const withTag = (name: string) => (name.includes(':') ? name : `${name}:latest`);
  return installed.some(({ name }) => withTag(name) === withTag(model));
}

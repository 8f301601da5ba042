import { Ollama } from 'ollama';
import { isRecord } from './json-record';
import { fetchRecord } from './fetch-record';

export interface InstalledModel {
  readonly name: string;
  /** False for what only makes vectors. */
  readonly chats: boolean;
}

const EMBEDDING_FAMILY = /bert|embed/i;

/**
 * What Ollama has, newest first. Throws ProviderError. The client knows the protocol; the transport below it is ours, because the client's
 * own cannot be ended, follows redirects and reads without a bound.
 */
export async function installedModels(origin: URL, signal: AbortSignal): Promise<readonly InstalledModel[]> {
  const bounded = async (input: RequestInfo | URL): Promise<Response> =>
    Response.json(await fetchRecord('ollama', { url: new URL(urlOf(input)), headers: {}, mediaTypes: ['application/json'] }, signal));
  const { models } = await new Ollama({ host: origin.origin, fetch: bounded }).list();
  return namedModels(models).map(({ name, family }) => ({ name, chats: !EMBEDDING_FAMILY.test(`${family} ${name}`) }));
}

const urlOf = (input: RequestInfo | URL): string | URL => (input instanceof Request ? input.url : input);

/** The client believes its server; another program may listen on that port. */
function namedModels(models: unknown): { readonly name: string; readonly family: string }[] {
  if (!Array.isArray(models)) return [];
  return models.flatMap((model: unknown) => {
    if (!isRecord(model) || typeof model['name'] !== 'string') return [];
    const family = isRecord(model['details']) ? model['details']['family'] : undefined;
    return [{ name: model['name'], family: typeof family === 'string' ? family : '' }];
  });
}

/** `gemma3` means `gemma3:latest`, as in Ollama itself. */
export function isInstalled(model: string, installed: readonly InstalledModel[]): boolean {
  const withTag = (name: string) => (name.includes(':') ? name : `${name}:latest`);
  return installed.some(({ name }) => withTag(name) === withTag(model));
}

import { ApiKeyText } from '@aegis/domain/shared/api-key-text';

/** Access tokens of identity providers are the longest; all headers together may have 16 kB. */
const BEARER = /^Bearer ([\x21-\x7e]{1,8192})$/i;

/** The presented key: from one `Authorization: Bearer` header, exactly. Null for none, for two, and for anything of another form. */
export function bearerKeyOf(rawHeaders: readonly string[]): string | null {
  // Node keeps the first of two Authorization headers without a word: only the raw list shows the second.
  const given = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'authorization');
  return given.length === 1 ? (BEARER.exec(given[0] ?? '')?.[1] ?? null) : null;
}

/** Names under which keys get into addresses, and from there into logs and histories. */
const CREDENTIAL_NAMES = ['api_key', 'apikey', 'api-key', 'key', 'token', 'access_token', 'authorization', 'ticket'];

/** Names of parameters that are called like a credential, or that hold an API key, whatever they are called. */
export const credentialNamesIn = (query: unknown): readonly string[] =>
  Object.entries(query ?? {})
    .filter(([name, value]) => CREDENTIAL_NAMES.includes(name.toLowerCase()) || [value].flat().some(isApiKey))
    .map(([name]) => name);

const isApiKey = (value: unknown): boolean => typeof value === 'string' && ApiKeyText.parse(value) !== null;

import { randomUUID } from 'node:crypto';
import { multipart, type Asking, type Part } from '../requests';
import { placed, type StringInput } from './inputs';

/** What the tenant of the check has, for addresses that must lead somewhere. */
export interface Known {
  readonly key: string;
  readonly administrator: string;
  readonly tenantId: string;
  readonly documentId: string;
  readonly filename: string;
  readonly queryId: string;
}

/** Null where no client could send it: control characters in a header. */
export function requestOf(input: StringInput, text: string, known: Known): Asking | null {
  const { method, where, at, required } = input;
  const name = String(at[0] ?? '');
  const path = input.path.replace(/\{(\w+)\}/g, (_match, parameter: string) =>
    encodeURIComponent(where === 'path' && parameter === name ? text : valueOf(parameter, input, known)),
  );
  const query = new URLSearchParams(required.map((parameter) => [parameter, 'x']));
  if (where === 'query') query.set(name, text);
  const headers = where === 'header' ? headerOf(name, text) : {};
  if (headers === null) return null;
  const address = query.size === 0 ? path : `${path}?${query.toString()}`;
  const key = input.path.startsWith('/v1/admin/') ? known.administrator : known.key;
  return { method, path: address, key, ...bodyOf(input, text, headers) };
}

/** Bytes as a client in another language would send them. */
function headerOf(name: string, text: string): Readonly<Record<string, string>> | null {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  return /[\0-\x08\x0a-\x1f\x7f]/.test(bytes) ? null : { [name]: bytes };
}

/** Reading finds what is the tenant's own; whatever changes or removes is sent to an id of nobody. */
function valueOf(parameter: string, { method, path }: StringInput, known: Known): string {
  if (parameter === 'filename') return known.filename;
  if (path.startsWith('/v1/admin/tenants/') && parameter === 'id') return method === 'DELETE' ? randomUUID() : known.tenantId;
  if (method !== 'GET') return randomUUID();
  if (parameter === 'query_id') return known.queryId;
  return path.startsWith('/v1/documents/') && parameter === 'id' ? known.documentId : randomUUID();
}

function bodyOf(
  { where, at, body, mediaType }: StringInput,
  text: string,
  headers: Readonly<Record<string, string>>,
): Pick<Asking, 'body' | 'headers'> {
  if (mediaType === null) return { headers };
  if (mediaType !== 'multipart/form-data') {
    const filled = where === 'body' ? placed(body, at, text) : where === 'key' ? placed(body, [text], 'x') : body;
    return { headers, body: filled as object };
  }
  const form = multipart(partsOf(where === 'part' ? String(at[0]) : null, text));
  return { headers: { ...headers, ...form.headers }, body: form.body };
}

function partsOf(name: string | null, text: string): readonly Part[] {
  const file = {
    name: 'file',
    filename: name === 'file name' ? `${text}.md` : '보고서.md',
    content: name === 'file' ? text : '연차는 15일이다.',
  };
  switch (name) {
    case null:
    case 'file':
    case 'file name':
      return [file];
    case 'part name':
      return [file, { name: text, content: 'x' }];
    case 'tags':
      return [file, { name, content: JSON.stringify([text]) }];
    case 'metadata':
      return [file, { name, content: JSON.stringify({ [text]: text }) }];
    default:
      return [file, { name, content: text }];
  }
}

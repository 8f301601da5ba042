import { multipart, type Part } from '../api-client';
import type { Operation } from './api-description';

export interface HttpRequest {
  readonly operation: Operation;
  /** What is tried, in words. */
  readonly what: string;
  readonly method: string;
  readonly pathValues: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string | Buffer | null;
  readonly expected: Expected;
}

/** What the answer must be, besides one that the document knows. */
export type Expected =
  /** Done, or refused for a reason that no schema can tell. */
  | { readonly kind: 'served' }
  /** Refused with one of these codes; a pointer names the field at fault. */
  | { readonly kind: 'refused'; readonly codes: readonly string[]; readonly pointer?: string };

export const refused = (codes: readonly string[], pointer?: string): Expected =>
  pointer === undefined ? { kind: 'refused', codes } : { kind: 'refused', codes, pointer };

export function urlOf({ operation, pathValues, query }: HttpRequest): string {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => pathValues[name] ?? '');
  const pairs = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

let uploads = 0;

/** The body as its media type writes it. Of a form, the field of format `binary` is a small file whose content is new each time. */
export function encoded(
  { body }: Operation,
  value: unknown,
): { readonly headers: Readonly<Record<string, string>>; readonly payload: string | Buffer | null } {
  if (body === null) return { headers: {}, payload: null };
  if (body.mediaType === 'application/json') return { headers: { 'content-type': 'application/json' }, payload: JSON.stringify(value) };
  uploads += 1;
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const parts = fields.map(([name, field]): Part => {
    const isFile = body.schema.properties?.[name]?.format === 'binary';
    const content = typeof field === 'string' ? field : JSON.stringify(field);
    return isFile
      ? { name, filename: `규정 ${uploads % 5}.md`, content: `# 규정 ${uploads}\n\n연차 유급휴가는 ${uploads}일이다.\n` }
      : { name, content };
  });
  return { headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }, payload: multipart(parts) };
}

const BOUNDARY = '----aegis-test-boundary';

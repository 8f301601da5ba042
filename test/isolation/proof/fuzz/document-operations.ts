import { form, get, remove } from './http-client';
import { choose, idempotencyKey, items, queryString, segment, TENANT, type Operation, type Wire } from './operation';
import { bodyText, department, docType, ownName, sharedName, tag } from './texts';
import type { Twin } from './twin';

function learnDocument(body: Wire, twin: Twin): void {
  twin.learn('document', body['id']);
  twin.learn('moment', body['created_at']);
  if (String(body['filename']).includes(twin.canary)) twin.learn('filename', body['filename']);
}

/** What is said about a file: the same words in both tenants, and the canary in every text that is free. */
export const descriptionOf = (variant: number, canary: string): Readonly<Record<string, string>> => ({
  title: `${sharedName(variant)} ${canary}`,
  doc_type: docType(variant),
  department: department(variant),
  tags: JSON.stringify([tag(variant), `tag-${canary}`]),
  metadata: JSON.stringify({ note: canary, [`key-${canary}`]: variant % 7 }),
});

const upload: Operation = {
  weight: 2,
  credentials: TENANT,
  ask: (_values, draw, twin) => {
    const [{ variant }, { canary }] = [draw, twin];
    const filename = choose(variant, 0, [true, true, false]) ? sharedName(variant) : ownName(variant, canary);
    const fields = choose(variant, 1, [
      descriptionOf(variant, canary),
      {},
      { unknown: canary },
      { metadata: '[]', title: canary },
      { valid_from: '2024-01-01' },
    ]);
    const file = choose(variant, 2, [true, true, true, true, true, true, true, true, false])
      ? { filename, content: bodyText(variant, canary) }
      : null;
    const asked = form('/documents', file, fields);
    return { ...asked, headers: { ...asked.headers, ...idempotencyKey(draw, twin) } };
  },
  learn: learnDocument,
};

const list: Operation = {
  weight: 1,
  credentials: TENANT,
  ask: (values, { variant }, { canary }) => {
    // The list of which cursors are handed out: every other has other filters, and another signature.
    if (choose(variant, 0, [true, true, false])) {
      const cursor = choose(variant, 1, [true, false]) ? values.of('document_cursor') : null;
      return get(`/documents${queryString({ latest_only: 'false', limit: '1', cursor })}`);
    }
    const filename = choose(variant, 1, [null, sharedName(variant), values.of('filename')]);
    const filters = {
      tag: choose(variant, 2, [null, tag(variant), `tag-${canary}`]),
      doc_type: choose(variant, 3, [null, docType(variant)]),
    };
    return get(`/documents${queryString({ ...filters, filename, limit: '100', latest_only: choose(variant, 2, ['true', 'false']) })}`);
  },
  learn: (body, twin) => {
    items(body).forEach((one) => learnDocument(one, twin));
    twin.learn('document_cursor', body['next_cursor']);
  },
};

const read: Operation = {
  weight: 2,
  credentials: TENANT,
  ask: (values, { variant }) => {
    const id = values.of('document');
    const etag = choose(variant, 0, [true, false, false]) ? values.of('etag', ['own', 'random']) : null;
    return id === null ? null : get(`/documents/${segment(id)}`, etag === null ? {} : { 'if-none-match': etag });
  },
  learn: (body, twin, { headers }) => {
    learnDocument(body, twin);
    twin.learn('etag', headers.etag);
  },
};

const named = (path: (id: string) => string): Operation => ({
  weight: 1,
  credentials: TENANT,
  ask: (values) => {
    const id = values.of('document');
    return id === null ? null : get(path(segment(id)));
  },
});

const chunks: Operation = {
  weight: 1,
  credentials: TENANT,
  ask: (values, { variant }) => {
    const id = values.of('document');
    const cursor = choose(variant, 0, [true, false, false]) ? values.of('chunk_cursor') : null;
    return id === null ? null : get(`/documents/${segment(id)}/chunks${queryString({ limit: '1', cursor })}`);
  },
  learn: (body, twin) => twin.learn('chunk_cursor', body['next_cursor']),
};

const versions: Operation = {
  weight: 1,
  credentials: TENANT,
  ask: (values, { variant }) => {
    const filename = choose(variant, 0, [true, false]) ? sharedName(variant) : values.of('filename');
    return filename === null ? null : get(`/documents/${segment(filename)}/versions`);
  },
};

const erase: Operation = {
  weight: 1,
  credentials: TENANT,
  ask: (values, { variant }) => {
    const id = values.of('document');
    const etag = choose(variant, 0, [true, false, false]) ? values.of('etag', ['own', 'random']) : null;
    const all = choose(variant, 1, [null, null, null, 'true', 'false']);
    return id === null
      ? null
      : remove(`/documents/${segment(id)}${queryString({ all_versions: all })}`, etag === null ? {} : { 'if-match': etag });
  },
};

export const DOCUMENT_OPERATIONS: Readonly<Record<string, Operation>> = {
  'POST /v1/documents': upload,
  'GET /v1/documents': list,
  'GET /v1/documents/{id}': read,
  'GET /v1/documents/{id}/content': named((id) => `/documents/${id}/content`),
  'GET /v1/documents/{id}/chunks': chunks,
  'GET /v1/documents/{filename}/versions': versions,
  'DELETE /v1/documents/{id}': erase,
};

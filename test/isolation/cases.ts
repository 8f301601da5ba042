import type { Answer, ApiClient } from '../support/api-client';
import type { Wire } from '../support/wire';

/** What the owner has, and everything by which a stranger could ask for it. */
export interface Belongings {
  readonly tenantId: string;
  readonly keyId: string;
  readonly documentId: string;
  readonly jobId: string;
  readonly filename: string;
  readonly content: string;
  readonly queryId: string;
  readonly cursors: { readonly documents: string; readonly usage: string };
}

export interface Intruder {
  readonly api: ApiClient;
  /** The same tenant's own administrator. */
  readonly administrator: ApiClient;
  /** `/v1` or nothing: both forms of every address are asked. */
  readonly prefix: string;
  /** A tenant that has nothing yet. */
  readonly newcomer: () => Promise<ApiClient>;
}

/** The only document that the intruder has. */
export const OWN_FILE = '회의록.md';

/** How a route is asked by another tenant, and what must hold of the answer besides that nothing of the owner is in it. */
export type Case =
  /** An id in the address: the owner's must be answered as one that never was, to the byte. */
  | { readonly kind: 'id'; readonly ask: (intruder: Intruder, id: string) => Promise<Answer>; readonly idOf: (owner: Belongings) => string }
  /** No id in the address, but the body or the query string may name what is not theirs. */
  | {
      readonly kind: 'own';
      /** The answer repeats what the request said. */
      readonly namesWhatItSent?: true;
      readonly ask: (intruder: Intruder, owner: Belongings) => Promise<Answer>;
      readonly holds: (answer: Answer) => void;
    }
  /** For a tenant's own administrator: to one of another tenant the owner's id is one that never was, to any other key the route is closed. */
  | { readonly kind: 'tenant_administrator'; readonly ask: (intruder: Intruder, tenantId: string, keyId: string) => Promise<Answer> }
  /** Only for the platform's administrator. */
  | { readonly kind: 'administrator'; readonly ask: (intruder: Intruder, owner: Belongings) => Promise<Answer> }
  /** For anybody; knows no tenant. */
  | { readonly kind: 'public'; readonly ask: (intruder: Intruder) => Promise<Answer> };

const documentOf = (owner: Belongings): string => owner.documentId;
const get =
  (path: (id: string) => string) =>
  ({ api, prefix }: Intruder, id: string): Promise<Answer> =>
    api.get(`${prefix}${path(id)}`);
const isOk = ({ status }: Answer): void => expect(status).toBe(200);

/** The owner's own words as a query; whatever is found must come from the intruder's file. */
const prying = ({ content }: Belongings) => ({ query: content.slice(0, 200), min_confidence: 0, top_k: 50 });
/** The same, naming the owner's document in every way there is: that finds nothing at all. */
const aimed = (owner: Belongings) => ({ ...prying(owner), filters: { document_ids: [owner.documentId], filenames: [owner.filename] } });
const areOwn = (sources: readonly Wire[]): void => {
  expect(sources.length).toBeGreaterThan(0);
  expect(new Set(sources.map(({ filename }) => filename))).toEqual(new Set([OWN_FILE]));
};
const foundNothing = ({ text }: Answer): void =>
  expect(text.split('\n').slice(0, 3).join(' ')).toMatch(/event: retrieval .*"chunks_found":0/);

async function streamByTicket({ api, prefix }: Intruder, owner: Belongings): Promise<Answer> {
  const { body } = await api.post(`${prefix}/query/stream/tickets`, aimed(owner));
  return api.get(`${prefix}/query/stream?ticket=${encodeURIComponent(body.ticket)}`, { authorization: '' });
}

/** One case for every operation of the OpenAPI document: a route without a case fails. */
export const CASES: Readonly<Record<string, Case>> = {
  'POST /v1/documents': {
    kind: 'own',
    namesWhatItSent: true,
    ask: async ({ newcomer }, { filename, content }) => (await newcomer()).upload(filename, content),
    // The same name and the same bytes: a document of their own, its first version, nothing known of another.
    holds: ({ status, body }) => expect([status, body.version, body.duplicate]).toEqual([202, 1, false]),
  },
  'GET /v1/documents': {
    kind: 'own',
    ask: ({ api, prefix }) => api.get(`${prefix}/documents?latest_only=false&limit=100`),
    holds: ({ body }) => areOwn(body.data),
  },
  'GET /v1/documents/{id}': { kind: 'id', idOf: documentOf, ask: get((id) => `/documents/${id}`) },
  'GET /v1/documents/{id}/content': { kind: 'id', idOf: documentOf, ask: get((id) => `/documents/${id}/content`) },
  'GET /v1/documents/{id}/chunks': { kind: 'id', idOf: documentOf, ask: get((id) => `/documents/${id}/chunks`) },
  'GET /v1/documents/{filename}/versions': {
    kind: 'id',
    idOf: ({ filename }) => encodeURIComponent(`secret-${filename}`),
    ask: get((name) => `/documents/${name}/versions`),
  },
  'DELETE /v1/documents/{id}': { kind: 'id', idOf: documentOf, ask: ({ api, prefix }, id) => api.delete(`${prefix}/documents/${id}`) },
  'POST /v1/query': {
    kind: 'own',
    ask: ({ api, prefix }, owner) => api.post(`${prefix}/query`, prying(owner)),
    holds: ({ status, body }) => {
      expect(status).toBe(200);
      expect(body.sources.every(({ filename }) => filename === OWN_FILE)).toBe(true);
    },
  },
  'POST /v1/search': {
    kind: 'own',
    ask: ({ api, prefix }, owner) => api.post(`${prefix}/search`, prying(owner)),
    holds: ({ body }) => areOwn(body.results),
  },
  'POST /v1/query/stream': {
    kind: 'own',
    ask: ({ api, prefix }, owner) => api.post(`${prefix}/query/stream`, aimed(owner)),
    holds: foundNothing,
  },
  'POST /v1/query/stream/tickets': {
    kind: 'own',
    ask: ({ api, prefix }, owner) => api.post(`${prefix}/query/stream/tickets`, aimed(owner)),
    holds: ({ status }) => expect(status).toBe(201),
  },
  'GET /v1/query/stream': { kind: 'own', ask: streamByTicket, holds: foundNothing },
  'GET /v1/usage': { kind: 'own', ask: ({ api, prefix }) => api.get(`${prefix}/usage`), holds: isOk },
  'GET /v1/usage/records': { kind: 'own', ask: ({ api, prefix }) => api.get(`${prefix}/usage/records?limit=100`), holds: isOk },
  'GET /v1/audit/{query_id}': { kind: 'id', idOf: ({ queryId }) => queryId, ask: get((id) => `/audit/${id}`) },
  'POST /v1/audit/{query_id}/replay': {
    kind: 'id',
    idOf: ({ queryId }) => queryId,
    ask: ({ api, prefix }, id) => api.send('POST', `${prefix}/audit/${id}/replay`, undefined, {}),
  },
  'POST /v1/admin/tenants': { kind: 'administrator', ask: ({ api, prefix }) => api.post(`${prefix}/admin/tenants`, { name: 'mine' }) },
  'GET /v1/admin/tenants': { kind: 'administrator', ask: ({ api, prefix }) => api.get(`${prefix}/admin/tenants`) },
  'GET /v1/admin/tenants/{id}': {
    kind: 'tenant_administrator',
    ask: ({ api, prefix }, id) => api.get(`${prefix}/admin/tenants/${id}`),
  },
  'PATCH /v1/admin/tenants/{id}': {
    kind: 'tenant_administrator',
    ask: ({ api, prefix }, id) => api.patch(`${prefix}/admin/tenants/${id}`, { settings: { top_k: 1 } }),
  },
  'DELETE /v1/admin/tenants/{id}': {
    kind: 'administrator',
    ask: ({ api, prefix }, { tenantId }) => api.delete(`${prefix}/admin/tenants/${tenantId}`),
  },
  'POST /v1/admin/tenants/{id}/api-keys': {
    kind: 'tenant_administrator',
    ask: ({ api, prefix }, id) => api.post(`${prefix}/admin/tenants/${id}/api-keys`, { name: 'mine', scopes: ['admin'] }),
  },
  'GET /v1/admin/tenants/{id}/api-keys': {
    kind: 'tenant_administrator',
    ask: ({ api, prefix }, id) => api.get(`${prefix}/admin/tenants/${id}/api-keys`),
  },
  'POST /v1/admin/tenants/{id}/api-keys/{keyId}/rotate': {
    kind: 'tenant_administrator',
    ask: ({ api, prefix }, id, keyId) => api.post(`${prefix}/admin/tenants/${id}/api-keys/${keyId}/rotate`, {}),
  },
  'DELETE /v1/admin/tenants/{id}/api-keys/{keyId}': {
    kind: 'tenant_administrator',
    ask: ({ api, prefix }, id, keyId) => api.delete(`${prefix}/admin/tenants/${id}/api-keys/${keyId}`),
  },
  'GET /v1/admin/usage': {
    kind: 'own',
    ask: ({ administrator, prefix }) => administrator.get(`${prefix}/admin/usage?limit=100`),
    holds: ({ status, body }) => expect([status, body.data.length]).toEqual([200, 1]),
  },
  'GET /v1/admin/jobs': {
    kind: 'administrator',
    ask: ({ api, prefix }, { tenantId }) => api.get(`${prefix}/admin/jobs?tenant_id=${tenantId}`),
  },
  'POST /v1/admin/jobs/{id}/retry': {
    kind: 'administrator',
    ask: ({ api, prefix }, { jobId }) => api.send('POST', `${prefix}/admin/jobs/${jobId}/retry`, undefined, {}),
  },
  'GET /v1/admin/system': { kind: 'administrator', ask: ({ api, prefix }) => api.get(`${prefix}/admin/system`) },
  'GET /v1/admin/audit': { kind: 'administrator', ask: ({ api, prefix }) => api.get(`${prefix}/admin/audit`) },
  'POST /v1/admin/auth/token': {
    kind: 'administrator',
    ask: ({ api, prefix }, { tenantId }) => api.post(`${prefix}/admin/auth/token`, { tenant_id: tenantId }),
  },
  'GET /v1/admin/administrators': { kind: 'administrator', ask: ({ api, prefix }) => api.get(`${prefix}/admin/administrators`) },
  'POST /v1/admin/administrators': {
    kind: 'administrator',
    ask: ({ api, prefix }, { tenantId }) =>
      api.post(`${prefix}/admin/administrators`, { issuer: 'https://mine', subject: 'me', role: 'tenant_admin', tenant_id: tenantId }),
  },
  'DELETE /v1/admin/administrators/{id}': {
    kind: 'administrator',
    ask: ({ api, prefix }, { tenantId }) => api.delete(`${prefix}/admin/administrators/${tenantId}`),
  },
  'GET /v1/health': { kind: 'public', ask: ({ api, prefix }) => api.get(`${prefix}/health`) },
  'GET /v1/health/live': { kind: 'public', ask: ({ api, prefix }) => api.get(`${prefix}/health/live`) },
  'GET /v1/health/ready': { kind: 'public', ask: ({ api, prefix }) => api.get(`${prefix}/health/ready`) },
  'GET /v1/metrics': { kind: 'public', ask: ({ api, prefix }) => api.get(`${prefix}/metrics`) },
};

import { form, get, json, remove, type HttpClient, type Received } from './http-client';
import { descriptionOf } from './document-operations';
import { items, type Wire } from './operation';
import { bodyText, ownName, queryText, sharedName } from './texts';
import { newCanary, thresholdOf, Twin } from './twin';

const SCOPES = ['documents:read', 'documents:write', 'query', 'usage:read', 'audit:read', 'admin'];

export interface Deployed {
  readonly http: HttpClient;
  readonly administrator: string;
  /** Operations of its OpenAPI document. */
  readonly operations: ReadonlySet<string>;
}

/** Who it is: the double of a twin has its canary, and client ids of its own. */
export interface Person {
  readonly name: string;
  readonly canary?: string;
  readonly clientIds: string;
}

/** A new tenant with the data that every twin has, `canary` in each of its texts. */
export async function aTwin(
  { name, canary = newCanary(), clientIds }: Person,
  deployed: Deployed,
  settled: (twin: Twin) => Promise<void>,
): Promise<Twin> {
  const { http, administrator } = deployed;
  const settings = { rate_limit_rps: 10_000, min_confidence: thresholdOf(canary) };
  const created = await good(http.send(json('POST', '/admin/tenants', { name: `한빛정밀 ${canary}`, settings }), administrator), 201);
  const [tenantId, first] = [String(created['id']), created['api_key'] as Wire];
  const keys = `/admin/tenants/${tenantId}/api-keys`;
  const admin = await good(http.send(json('POST', keys, { name: `관리 ${canary}`, scopes: SCOPES }), administrator), 201);
  const spare = await good(http.send(json('POST', keys, { name: `예비 ${canary}`, scopes: ['query'] }), administrator), 201);
  const credentials = { key: String(first['key']), adminKey: String(admin['key']), token: await tokenFor(tenantId, deployed) };
  const twin = new Twin(name, tenantId, canary, credentials, clientIds);
  for (const id of [first['id'], admin['id'], spare['id'], spare['key']]) twin.secrets.add(String(id));
  twin.learn('spare_key', spare['id']);
  await fill(twin, http, settled);
  await failOne(twin, deployed, settled);
  return twin;
}

/** Two versions of a file whose name both have, one whose name only this tenant has, a query, and a cursor of every list. */
async function fill(twin: Twin, http: HttpClient, settled: (twin: Twin) => Promise<void>): Promise<void> {
  const key = twin.authorization('key', '');
  const { canary } = twin;
  const files = [
    { filename: sharedName(0), content: bodyText(0, canary) },
    { filename: sharedName(0), content: bodyText(1, canary) },
    { filename: ownName(1, canary), content: bodyText(2, canary) },
  ];
  for (const [index, file] of files.entries()) {
    const document = await good(http.send(form('/documents', file, descriptionOf(index, canary)), key), 202);
    twin.learn('document', document['id']);
    twin.secrets.add(String(document['id']));
    if (index === 2) twin.learn('filename', document['filename']);
    await settled(twin);
  }
  const asked = await good(http.send(json('POST', '/query', { query: `${queryText(0)} ${canary}` }), key), 200);
  twin.learn('query', asked['query_id']);
  twin.secrets.add(String(asked['query_id']));
  twin.learn('document_cursor', (await good(http.send(get('/documents?latest_only=false&limit=1'), key), 200))['next_cursor']);
  twin.learn('usage_cursor', (await good(http.send(get('/usage/records?limit=2'), key), 200))['next_cursor']);
}

/** A file that cannot be read: its job is one that can be retried. */
async function failOne(twin: Twin, { http, administrator, operations }: Deployed, settled: (twin: Twin) => Promise<void>): Promise<void> {
  const list = `/admin/jobs?state=failed&tenant_id=${twin.tenantId}`;
  if (!operations.has('GET /v1/admin/jobs')) return;
  const file = { filename: ownName(2, twin.canary), content: `%PDF-1.7\n${twin.canary}` };
  const document = await good(http.send(form('/documents', file, {}), twin.authorization('key', '')), 202);
  await settled(twin);
  const [job] = items(await good(http.send(get(list), administrator), 200));
  twin.learn('job', job?.['id']);
  for (const id of [document['id'], job?.['id']]) twin.secrets.add(String(id));
}

/** Its end: everything that it owned is erased. Where tenants cannot be deleted it is suspended. */
export function removeTwin({ tenantId }: Twin, { http, administrator, operations }: Deployed): Promise<Received> {
  const path = `/admin/tenants/${tenantId}`;
  const ask = operations.has('DELETE /v1/admin/tenants/{id}') ? remove(path) : json('PATCH', path, { is_active: false });
  return http.send(ask, administrator);
}

/** A token of the tenant's own administrator, where the deployment issues one. */
async function tokenFor(tenantId: string, { http, administrator, operations }: Deployed): Promise<string | null> {
  if (!operations.has('POST /v1/admin/auth/token')) return null;
  const { status, text } = await http.send(json('POST', '/admin/auth/token', { tenant_id: tenantId }), administrator);
  return status === 200 || status === 201 ? String((JSON.parse(text) as Wire)['access_token']) : null;
}

async function good(answer: Promise<Received>, expected: number): Promise<Wire> {
  const { status, text } = await answer;
  if (status !== expected) throw new Error(`a twin could not be prepared: ${status} instead of ${expected}: ${text.slice(0, 500)}`);
  return JSON.parse(text) as Wire;
}

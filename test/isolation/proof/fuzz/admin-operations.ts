import { get, json, remove } from './http-client';
import { ADMINISTRATORS, choose, idempotencyKey, queryString, segment, type Draw, type Operation, type Wire } from './operation';
import type { Whose } from './step';
import { queryText } from './texts';
import type { Twin } from './twin';

/** The platform's administrator may do everything to everybody: it never names the other tenant, whose things would change by right. */
const mayName = ({ credential }: Draw): readonly Whose[] =>
  credential === 'platform' ? ['own', 'random', 'malformed'] : ['own', 'foreign', 'random', 'malformed'];

const plain = (path: string, credentials: Operation['credentials']): Operation => ({
  ...{ weight: 0.5, credentials, isVolatile: true },
  ask: () => get(path),
});

/** Settings that change no answer of the sequence: others take up to 5 s until every process has them. */
const settingsOf = (variant: number, canary: string): object =>
  choose(variant, 1, [
    { retention_days: 30 + (variant % 9) },
    { system_prompt: `${queryText(variant)} ${canary}` },
    { pii_policy: 'note' },
    { top_k: 'x' },
  ]);

function learnKey(body: Wire, twin: Twin): void {
  twin.learn('spare_key', body['id']);
  if (typeof body['key'] === 'string') twin.secrets.add(body['key']);
}

const createTenant: Operation = {
  weight: 0.5,
  credentials: ADMINISTRATORS,
  // The administrator's is refused: what it would make belongs to neither twin. Preparing them makes enough.
  ask: (_values, draw, twin) => {
    const body = draw.credential === 'platform' ? { name: '', monthly_quota_usd: -1 } : { name: `새 고객 ${twin.canary}` };
    return json('POST', '/admin/tenants', body, idempotencyKey(draw, twin));
  },
};

const readTenant: Operation = {
  weight: 1,
  credentials: ADMINISTRATORS,
  ask: (values, draw) => {
    const id = values.of('tenant', mayName(draw));
    return id === null ? null : get(`/admin/tenants/${segment(id)}`);
  },
  learn: (_body, twin, { headers }) => twin.learn('tenant_etag', headers.etag),
};

const changeTenant: Operation = {
  weight: 1,
  credentials: ADMINISTRATORS,
  ask: (values, draw, { canary }) => {
    const id = values.of('tenant', mayName(draw));
    const etag = choose(draw.variant, 2, [true, false, false]) ? values.of('tenant_etag', ['own', 'random']) : null;
    const settings = settingsOf(draw.variant, canary);
    const others = [{ name: `한빛정밀 ${canary}` }, { monthly_quota_usd: 50 + (draw.variant % 9) }, { id: 'x' }];
    const body = choose(draw.variant, 0, [{ settings }, { settings }, { settings }, ...others]);
    return id === null ? null : json('PATCH', `/admin/tenants/${segment(id)}`, body, etag === null ? {} : { 'if-match': etag });
  },
};

const deleteTenant: Operation = {
  weight: 0.5,
  credentials: ADMINISTRATORS,
  // A twin itself is deleted at the end of some sequences only.
  ask: (values, draw) => {
    const id = values.of('tenant', draw.credential === 'platform' ? ['random', 'malformed'] : mayName(draw));
    return id === null ? null : remove(`/admin/tenants/${segment(id)}`);
  },
};

const issueKey: Operation = {
  weight: 1,
  credentials: ADMINISTRATORS,
  ask: (values, draw, twin) => {
    const id = values.of('tenant', mayName(draw));
    const scopes = choose(draw.variant, 0, [['query'], ['documents:read', 'usage:read'], ['admin'], []]);
    const body = { name: `보고 ${twin.canary}`, scopes };
    return id === null ? null : json('POST', `/admin/tenants/${segment(id)}/api-keys`, body, idempotencyKey(draw, twin));
  },
  learn: learnKey,
};

const listKeys: Operation = {
  weight: 1,
  credentials: ADMINISTRATORS,
  ask: (values, draw) => {
    const id = values.of('tenant', mayName(draw));
    const cursor = choose(draw.variant, 0, [true, false]) ? values.of('key_cursor') : null;
    return id === null ? null : get(`/admin/tenants/${segment(id)}/api-keys${queryString({ limit: '1', cursor })}`);
  },
  learn: (body, twin) => twin.learn('key_cursor', body['next_cursor']),
};

const rotateKey: Operation = {
  weight: 1,
  credentials: ADMINISTRATORS,
  ask: (values, draw, twin) => {
    const [id, key] = [values.of('tenant', mayName(draw)), values.of('spare_key')];
    const body = choose(draw.variant, 0, [{ overlap_seconds: 60 }, { overlap_seconds: 0 }, {}, { overlap_seconds: -1 }]);
    if (id === null || key === null) return null;
    return json('POST', `/admin/tenants/${segment(id)}/api-keys/${segment(key)}/rotate`, body, idempotencyKey(draw, twin));
  },
  learn: learnKey,
};

const revokeKey: Operation = {
  weight: 1,
  credentials: ADMINISTRATORS,
  ask: (values, draw) => {
    const [id, key] = [values.of('tenant', mayName(draw)), values.of('spare_key')];
    return id === null || key === null ? null : remove(`/admin/tenants/${segment(id)}/api-keys/${segment(key)}`);
  },
};

/** What is about all tenants when the platform's administrator asks; a tenant's own finds itself alone, or nothing. */
const overview = (path: string): Operation => ({
  weight: 0.5,
  credentials: ADMINISTRATORS,
  spansTenants: true,
  ask: (_values, { variant }) => get(`${path}${queryString({ limit: String(1 + (variant % 100)) })}`),
});

const retryJob: Operation = {
  weight: 1,
  credentials: ADMINISTRATORS,
  // Whether it has failed by now is a question of time.
  isVolatile: true,
  ask: (values, draw, twin) => {
    const id = values.of('job', mayName(draw));
    return id === null ? null : json('POST', `/admin/jobs/${segment(id)}/retry`, {}, idempotencyKey(draw, twin));
  },
};

const system: Operation = { weight: 0.5, credentials: ADMINISTRATORS, spansTenants: true, ask: () => get('/admin/system') };

const issueToken: Operation = {
  weight: 0.5,
  credentials: ADMINISTRATORS,
  ask: (values, draw) => {
    const id = values.of('tenant', mayName(draw));
    return id === null ? null : json('POST', '/admin/auth/token', { tenant_id: id });
  },
  learn: (body, twin) => {
    if (typeof body['access_token'] === 'string') twin.secrets.add(body['access_token']);
  },
};

const appoint: Operation = {
  weight: 0.5,
  isOfThePlatform: true,
  credentials: ADMINISTRATORS,
  ask: (values, draw, twin) => {
    const id = values.of('tenant', mayName(draw));
    if (id === null) return null;
    const person = { issuer: 'https://login.example.com', subject: `${twin.tenantId}-${draw.variant % 9}`, role: 'tenant_admin' };
    return json('POST', '/admin/administrators', { ...person, tenant_id: id }, idempotencyKey(draw, twin));
  },
  learn: (body, twin) => twin.learn('administrator', body['id']),
};

const dismiss: Operation = {
  weight: 1.5,
  credentials: ADMINISTRATORS,
  ask: (values, draw) => {
    const id = values.of('administrator', mayName(draw));
    return id === null ? null : remove(`/admin/administrators/${segment(id)}`);
  },
};

export const ADMIN_OPERATIONS: Readonly<Record<string, Operation>> = {
  'POST /v1/admin/tenants': createTenant,
  'GET /v1/admin/tenants': overview('/admin/tenants'),
  'GET /v1/admin/tenants/{id}': readTenant,
  'PATCH /v1/admin/tenants/{id}': changeTenant,
  'DELETE /v1/admin/tenants/{id}': deleteTenant,
  'POST /v1/admin/tenants/{id}/api-keys': issueKey,
  'GET /v1/admin/tenants/{id}/api-keys': listKeys,
  'DELETE /v1/admin/tenants/{id}/api-keys/{keyId}': revokeKey,
  'POST /v1/admin/tenants/{id}/api-keys/{keyId}/rotate': rotateKey,
  'GET /v1/admin/usage': overview('/admin/usage'),
  'GET /v1/admin/audit': overview('/admin/audit'),
  'GET /v1/admin/jobs': overview('/admin/jobs'),
  'POST /v1/admin/jobs/{id}/retry': retryJob,
  'GET /v1/admin/system': system,
  'POST /v1/admin/auth/token': issueToken,
  'GET /v1/admin/administrators': overview('/admin/administrators'),
  'POST /v1/admin/administrators': appoint,
  'DELETE /v1/admin/administrators/{id}': dismiss,
  'GET /v1/health/live': plain('/health/live', ['nobody']),
  'GET /v1/health/ready': plain('/health/ready', ['nobody']),
  'GET /v1/health': plain('/health', ['nobody', 'key']),
  'GET /v1/metrics': plain('/metrics', ['nobody', 'key']),
};

import { get, json, remove } from './http-client';
import { ADMINISTRATORS, choose, idempotencyKey, queryString, segment, type Operation, type Draw, type Wire } from './operation';
import { queryText } from './texts';
import type { Whose } from './step';
import type { Twin } from './twin';

/** The platform's administrator may do everything to everybody: it never names the other tenant, whose things would change by right. */
const named = ({ credential }: Draw): readonly Whose[] =>
  credential === 'platform' ? ['own', 'random', 'malformed'] : ['own', 'foreign', 'random', 'malformed'];

const plain = (path: string, credentials: Operation['credentials']): Operation => ({
  weight: 0.5,
  credentials,
  isVolatile: true,
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
  // The administrator's is refused: what it would make belongs to neither twin. Preparing them makes enough.
  credentials: ADMINISTRATORS,
  ask: (_values, { variant, credential }, { canary }) =>
    json(
      'POST',
      '/admin/tenants',
      credential === 'platform' ? { name: '', monthly_quota_usd: -1 } : { name: `새 고객 ${canary}` },
      idempotencyKey(variant),
    ),
};

const readTenant: Operation = {
  weight: 1,
  credentials: ADMINISTRATORS,
  ask: (values, draw) => {
    const id = values.of('tenant', named(draw));
    return id === null ? null : get(`/admin/tenants/${segment(id)}`);
  },
};

const changeTenant: Operation = {
  weight: 1,
  credentials: ADMINISTRATORS,
  ask: (values, draw, { canary }) => {
    const id = values.of('tenant', named(draw));
    const settings = settingsOf(draw.variant, canary);
    const body = choose(draw.variant, 0, [
      { settings },
      { settings },
      { name: `한빛정밀 ${canary}` },
      { monthly_quota_usd: 50 + (draw.variant % 9) },
      { id: 'x' },
    ]);
    return id === null ? null : json('PATCH', `/admin/tenants/${segment(id)}`, body);
  },
};

const issueKey: Operation = {
  weight: 1,
  credentials: ADMINISTRATORS,
  ask: (values, draw, { canary }) => {
    const id = values.of('tenant', named(draw));
    const scopes = choose(draw.variant, 0, [['query'], ['documents:read', 'usage:read'], ['admin'], []]);
    return id === null
      ? null
      : json('POST', `/admin/tenants/${segment(id)}/api-keys`, { name: `보고 ${canary}`, scopes }, idempotencyKey(draw.variant));
  },
  learn: learnKey,
};

const listKeys: Operation = {
  weight: 1,
  credentials: ADMINISTRATORS,
  ask: (values, draw) => {
    const id = values.of('tenant', named(draw));
    const cursor = choose(draw.variant, 0, [true, false]) ? values.of('key_cursor') : null;
    return id === null ? null : get(`/admin/tenants/${segment(id)}/api-keys${queryString({ limit: '1', cursor })}`);
  },
  learn: (body, twin) => twin.learn('key_cursor', body['next_cursor']),
};

const revokeKey: Operation = {
  weight: 1,
  credentials: ADMINISTRATORS,
  ask: (values, draw) => {
    const [id, key] = [values.of('tenant', named(draw)), values.of('spare_key')];
    return id === null || key === null ? null : remove(`/admin/tenants/${segment(id)}/api-keys/${segment(key)}`);
  },
};

const rotateKey: Operation = {
  weight: 1,
  credentials: ADMINISTRATORS,
  ask: (values, draw) => {
    const [id, key] = [values.of('tenant', named(draw)), values.of('spare_key')];
    const body = choose(draw.variant, 0, [{ overlap_seconds: 60 }, { overlap_seconds: 0 }, {}, { overlap_seconds: -1 }]);
    return id === null || key === null
      ? null
      : json('POST', `/admin/tenants/${segment(id)}/api-keys/${segment(key)}/rotate`, body, idempotencyKey(draw.variant));
  },
  learn: learnKey,
};

const listTenants: Operation = {
  weight: 0.5,
  credentials: ADMINISTRATORS,
  spansTenants: true,
  ask: (_values, { variant }) => get(`/admin/tenants${queryString({ limit: String(1 + (variant % 100)) })}`),
};

export const ADMIN_OPERATIONS: Readonly<Record<string, Operation>> = {
  'POST /v1/admin/tenants': createTenant,
  'GET /v1/admin/tenants': listTenants,
  'GET /v1/admin/tenants/{id}': readTenant,
  'PATCH /v1/admin/tenants/{id}': changeTenant,
  'POST /v1/admin/tenants/{id}/api-keys': issueKey,
  'GET /v1/admin/tenants/{id}/api-keys': listKeys,
  'DELETE /v1/admin/tenants/{id}/api-keys/{keyId}': revokeKey,
  'POST /v1/admin/tenants/{id}/api-keys/{keyId}/rotate': rotateKey,
  'GET /v1/health/live': plain('/health/live', ['nobody']),
  'GET /v1/health/ready': plain('/health/ready', ['nobody']),
  'GET /v1/health': plain('/health', ['nobody', 'key']),
  'GET /v1/metrics': plain('/metrics', ['nobody', 'key']),
};

import { LRUCache } from 'lru-cache';
import type { Identified } from '@aegis/application/shared/administrator';
import type { Actor } from '@aegis/domain/shared/domain-event';
import { TenantSuspended, Unauthenticated } from '@aegis/domain/shared/access-errors';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Connections } from '../persistence/connections';
import { PLATFORM_PLACE } from '../idempotency/postgres-idempotency-repository';

interface PlaceRow {
  readonly tenant_id: string;
  readonly is_active: boolean | null;
  readonly rate_limit_rps: number | null;
}
/** Where somebody administers; null: nowhere. */
type Place = { readonly tenantId: TenantId | null; readonly isActive: boolean; readonly rateLimitRps: number | null } | null;

/** What was revoked or suspended works at the latest for so long, in every process. */
const TTL_MS = 4_000;

const RATE = `(t.settings ->> 'rate_limit_rps')::float8 AS rate_limit_rps`;

/** What administrators may do according to the database: read as `app_admin`, remembered for a moment. */
export class AdministratorDirectory {
  private readonly known = new LRUCache<string, { readonly place: Place }>({ max: 10_000, ttl: TTL_MS });

  constructor(private readonly connections: Connections) {}

  /** By appointment. Throws TenantSuspended. */
  async ofPerson(issuer: string, subject: string, actor: Actor): Promise<Identified> {
    const place = await this.remembered(
      `person\0${issuer}\0${subject}`,
      `SELECT a.tenant_id, t.is_active, ${RATE} FROM administrators a LEFT JOIN tenants t ON t.id = a.tenant_id AND t.deleted_at IS NULL
        WHERE a.issuer = $1 AND a.subject = $2 AND a.revoked_at IS NULL LIMIT 2`,
      [issuer, subject],
    );
    return place === null ? { role: null, actor } : administratorAt(place, actor);
  }

  /** The administrator of a tenant that a token of our own names. Throws Unauthenticated when there is no such tenant any more, and TenantSuspended. */
  async ofTenant(tenantId: TenantId, actor: Actor): Promise<Identified> {
    const place = await this.remembered(
      `tenant\0${tenantId}`,
      `SELECT t.id AS tenant_id, t.is_active, ${RATE} FROM tenants t WHERE t.id = $1 AND t.deleted_at IS NULL`,
      [tenantId],
    );
    if (place === null) throw new Unauthenticated();
    return administratorAt(place, actor);
  }

  private async remembered(key: string, sql: string, parameters: readonly string[]): Promise<Place> {
    const known = this.known.get(key);
    if (known !== undefined) return known.place;
    const rows = await this.connections.transaction('app_admin', (manager) => manager.query<PlaceRow[]>(sql, [...parameters]), {
      readOnly: true,
    });
    const place = placeOf(rows);
    this.known.set(key, { place });
    return place;
  }
}

/** Two places at once are none: nobody should be able to tell which one holds. */
function placeOf(rows: readonly PlaceRow[]): Place {
  const [row] = rows;
  if (row === undefined || rows.length > 1) return null;
  if (row.tenant_id === PLATFORM_PLACE) return { tenantId: null, isActive: true, rateLimitRps: null };
  return row.is_active === null ? null : { tenantId: row.tenant_id as TenantId, isActive: row.is_active, rateLimitRps: row.rate_limit_rps };
}

function administratorAt({ tenantId, isActive, rateLimitRps }: NonNullable<Place>, actor: Actor): Identified {
  if (tenantId === null) return { role: 'platform_admin', actor };
  if (!isActive) throw new TenantSuspended({ tenantId, keyId: 'administrator', rateLimitRps });
  return { role: 'tenant_admin', actor, tenantId, rateLimitRps };
}

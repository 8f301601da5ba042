import { Aggregate } from '../shared/aggregate';
import { canonicalJson, type Json } from '../shared/canonical-json';
import type { Actor } from '../shared/domain-event';
import type { MicroUsd } from '../shared/micro-usd';
import type { TenantEvent } from './tenant-events';
import type { TenantId } from './tenant-id';
import { DEFAULT_RETENTION_DAYS, type SettingsChange, type TenantSettings } from './tenant-settings';

export interface TenantProps {
  readonly id: TenantId;
  readonly name: string;
  readonly isActive: boolean;
  readonly monthlyQuota: MicroUsd;
  readonly settings: TenantSettings;
  readonly createdAt: Date;
  readonly revision: number;
}

export interface TenantChange {
  readonly name: string | undefined;
  readonly isActive: boolean | undefined;
  readonly monthlyQuota: MicroUsd | undefined;
  readonly settings: SettingsChange | undefined;
}

export interface Deletion {
  readonly deletionId: string;
  readonly retentionDays: number;
}

/** What a deleted tenant is called: nothing of it may remain in its row. */
export const TOMBSTONE_NAME = 'deleted';

export class Tenant extends Aggregate<TenantEvent> {
  private constructor(private props: TenantProps) {
    super();
  }

  static create(input: Pick<TenantProps, 'id' | 'name' | 'monthlyQuota' | 'settings'>, actor: Actor, at: Date): Tenant {
    const tenant = new Tenant({ ...input, isActive: true, createdAt: at, revision: 0 });
    tenant.record({ type: 'tenant.created', occurredAt: at, actor, tenantId: input.id });
    return tenant;
  }

  static fromSnapshot(props: TenantProps): Tenant {
    return new Tenant(props);
  }

  toSnapshot(): TenantProps {
    return this.props;
  }

  get id(): TenantId {
    return this.props.id;
  }

  /** Settings are merged: a field that is not given keeps its value, null takes it away. False when all of it was so already. */
  change(change: TenantChange, actor: Actor, at: Date): boolean {
    const next = {
      name: change.name ?? this.props.name,
      isActive: change.isActive ?? this.props.isActive,
      monthlyQuota: change.monthlyQuota ?? this.props.monthlyQuota,
      settings: merged(this.props.settings, change.settings ?? {}),
    };
    const fields = (Object.keys(next) as (keyof typeof next)[]).filter((field) => !isSame(next[field], this.props[field]));
    if (fields.length === 0) return false;
    this.props = { ...this.props, ...next };
    this.record({ type: 'tenant.changed', occurredAt: at, actor, tenantId: this.props.id, fields });
    return true;
  }

  /** What is left is a nameless row; the answer says under which id, and for how long its books are kept. */
  delete(deletionId: string, actor: Actor, at: Date): Deletion {
    const retentionDays = this.props.settings.retentionDays ?? DEFAULT_RETENTION_DAYS;
    this.props = { ...this.props, name: TOMBSTONE_NAME, isActive: false, settings: {} };
    this.record({ type: 'tenant.deleted', occurredAt: at, actor, tenantId: this.props.id, deletionId, retentionDays });
    return { deletionId, retentionDays };
  }
}

/** Of plain values, and of settings, whatever their order. */
const isSame = (one: TenantProps[keyof TenantProps], other: TenantProps[keyof TenantProps]): boolean =>
  canonicalJson(one as Json) === canonicalJson(other as Json);

const merged = (settings: TenantSettings, change: SettingsChange): TenantSettings =>
  Object.fromEntries(Object.entries({ ...settings, ...change }).filter(([, value]) => value !== null));

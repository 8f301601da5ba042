import { DomainError } from '../shared/domain-error';
import type { TenantChange } from './tenant';
import type { SettingsChange, TenantSettings } from './tenant-settings';

/** The platform's to say: it protects the other tenants, or the evidence about this one. */
export class NotYoursToChange extends DomainError {
  readonly code = 'insufficient_scope';
  readonly kind = 'forbidden';
  readonly scope = 'platform_admin';
  constructor(what: string) {
    super(`a tenant's own administrator may not change ${what}`);
  }
}

/** Limits that protect the platform, and how long there is proof of what happened. */
const OF_THE_PLATFORM = ['rateLimitRps', 'tokensPerHour', 'retentionDays'] as const satisfies readonly (keyof TenantSettings)[];

/** A tenant's own administrator changes settings, and not all of them. What is sent as it stands already is no change. Throws NotYoursToChange. */
export function assertOwnChange(current: TenantSettings, { settings = {}, ...others }: TenantChange): void {
  const [other] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (other !== undefined) throw new NotYoursToChange(other);
  const setting = OF_THE_PLATFORM.find((name) => isChanged(current, settings, name));
  if (setting !== undefined) throw new NotYoursToChange(setting);
}

const isChanged = (current: TenantSettings, change: SettingsChange, name: keyof TenantSettings): boolean =>
  change[name] !== undefined && (change[name] ?? undefined) !== current[name];

import { EntitySchema } from 'typeorm';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import { Tenant, type TenantProps } from '@aegis/domain/tenants/tenant';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { ConfidenceCalibration, TenantSettings } from '@aegis/domain/tenants/tenant-settings';

export interface TenantRow {
  id: string;
  name: string;
  isActive: boolean;
  /** int8: pg hands it over as text. */
  monthlyQuota: string;
  settings: StoredSettings;
  activeModel: number;
  createdAt: Date;
  deletedAt: Date | null;
  revision: number;
}

/** As stored and as the SQL of `sec.lookup_key` reads it. */
interface StoredSettings {
  min_confidence?: number;
  top_k?: number;
  llm_model?: string;
  embedding_model?: string;
  system_prompt?: string;
  language?: 'ko' | 'en';
  rate_limit_rps?: number;
  tokens_per_hour?: number;
  retention_days?: number;
  pii_policy?: 'off' | 'note' | 'mask' | 'quarantine';
  /** As it is: no SQL looks inside. */
  calibration?: ConfidenceCalibration;
}

export const TenantTable = new EntitySchema<TenantRow>({
  name: 'tenant',
  tableName: 'tenants',
  columns: {
    id: { type: 'uuid', primary: true },
    name: { type: 'text' },
    isActive: { type: 'boolean', name: 'is_active' },
    monthlyQuota: { type: 'int8', name: 'monthly_quota_micro_usd' },
    settings: { type: 'jsonb' },
    activeModel: { type: 'int', name: 'active_model' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    deletedAt: { type: 'timestamptz', name: 'deleted_at', nullable: true },
    revision: { type: 'int' },
  },
});

export function toRow(tenant: Tenant, activeModel: number): TenantRow {
  const { monthlyQuota, settings, ...props } = tenant.toSnapshot();
  return { ...props, monthlyQuota: String(monthlyQuota), settings: storeSettings(settings), activeModel, deletedAt: null };
}

export const fromRow = (row: TenantRow): Tenant => Tenant.fromSnapshot(propsOf(row));

export const propsOf = (row: TenantRow): TenantProps => ({
  id: row.id as TenantId,
  name: row.name,
  isActive: row.isActive,
  monthlyQuota: MicroUsd.of(Number(row.monthlyQuota)),
  settings: loadSettings(row.settings),
  createdAt: row.createdAt,
  revision: row.revision,
});

const NAMES = {
  minConfidence: 'min_confidence',
  topK: 'top_k',
  llmModel: 'llm_model',
  embeddingModel: 'embedding_model',
  systemPrompt: 'system_prompt',
  language: 'language',
  rateLimitRps: 'rate_limit_rps',
  tokensPerHour: 'tokens_per_hour',
  retentionDays: 'retention_days',
  piiPolicy: 'pii_policy',
  calibration: 'calibration',
} as const satisfies Record<keyof TenantSettings, keyof StoredSettings>;
const SETTING_NAMES = Object.entries(NAMES) as [keyof TenantSettings, keyof StoredSettings][];

export const storeSettings = (settings: TenantSettings): StoredSettings =>
  Object.fromEntries(SETTING_NAMES.filter(([name]) => settings[name] !== undefined).map(([name, stored]) => [stored, settings[name]]));

export const loadSettings = (stored: StoredSettings): TenantSettings =>
  Object.fromEntries(SETTING_NAMES.filter(([, name]) => stored[name] !== undefined).map(([name, from]) => [name, stored[from]]));

import { MicroUsd } from '../shared/micro-usd';
import { assertOwnChange, NotYoursToChange } from './own-change';
import type { TenantChange } from './tenant';
import type { TenantSettings } from './tenant-settings';

const nothing: TenantChange = { name: undefined, isActive: undefined, monthlyQuota: undefined, settings: undefined };
const current: TenantSettings = { rateLimitRps: 10, minConfidence: 0.7 };
const change = (about: Partial<TenantChange>) => () => assertOwnChange(current, { ...nothing, ...about });

describe('what a tenant’s own administrator may change', () => {
  it('is its settings', () => {
    expect(
      change({ settings: { minConfidence: 0.2, topK: 50, llmModel: 'llama3.1:8b', systemPrompt: null, piiPolicy: 'off' } }),
    ).not.toThrow();
    expect(change({})).not.toThrow();
  });

  it.each([{ name: '한빛' }, { isActive: false }, { isActive: true }, { monthlyQuota: MicroUsd.of(1) }])('is nothing else: %j', (about) => {
    expect(change(about)).toThrow(NotYoursToChange);
    expect(change({ ...about, settings: { topK: 3 } })).toThrow(NotYoursToChange);
  });

  it.each<NonNullable<TenantChange['settings']>>([
    { rateLimitRps: 11 },
    { rateLimitRps: 9 },
    { rateLimitRps: null },
    { tokensPerHour: 1 },
    { retentionDays: 1 },
    { retentionDays: 36_500, topK: 3 },
  ])('is no limit of the platform: %j', (settings) => {
    expect(change({ settings })).toThrow(NotYoursToChange);
  });

  it('may be sent with what stands there already', () => {
    expect(change({ settings: { rateLimitRps: 10, tokensPerHour: null, minConfidence: 0.1 } })).not.toThrow();
  });
});

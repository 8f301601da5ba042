import { ForgetOldQueries } from '@aegis/application/answering/forget-old-queries';
import type { SettingsChange } from '@aegis/domain/tenants/tenant-settings';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PostgresTenantReader } from '@aegis/infrastructure/tenants/postgres-tenant-reader';
import { OPEN_TIMEOUT_MS, TestDatabase, ids } from '../support/database';

/** What is promised of every change. */
const EVERYWHERE_MS = 5_000;

describe('settings of a tenant', () => {
  let database: TestDatabase;
  let tenant: TenantId;

  beforeAll(async () => {
    database = await TestDatabase.open();
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());
  beforeEach(async () => {
    tenant = await database.aTenant();
  });

  const reader = () => new PostgresTenantReader(database.platform.connections, database.platform.tenants);
  const change = (settings: SettingsChange): Promise<void> =>
    database.platformUow().run(async (tx) => {
      const found = await tx.tenants.find(tenant);
      if (found === null) throw new Error('no tenant');
      found.change({ name: undefined, isActive: undefined, monthlyQuota: undefined, settings }, { kind: 'platform_admin' }, new Date());
      await tx.tenants.update(found);
    });

  it('are known to every process 5 seconds after a change, what is taken back included', async () => {
    const processes = [reader(), reader()];
    for (const settings of [{ language: 'ko', topK: 3 }, { topK: null }] as const) {
      await Promise.all(processes.map((one) => one.settings(tenant))); // remembered from now on
      await change(settings);
      const since = Date.now();
      const expected = 'language' in settings ? { language: 'ko', topK: 3 } : { language: 'ko' };
      for (const one of processes) {
        while (JSON.stringify(sorted(await one.settings(tenant))) !== JSON.stringify(sorted(expected))) {
          if (Date.now() - since > EVERYWHERE_MS) throw new Error('a process does not know');
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    }
  });

  describe('how long texts are kept', () => {
    const ask = (daysAgo: number, tenantId = tenant) =>
      database.rows(
        tenantId,
        `INSERT INTO queries (tenant_id, id, asked_at, kind, key_id, corpus_epoch, model_version, refused, cost_micro_usd, input, result)
         VALUES ($1, $2, now() - $3 * interval '1 day', 'query', $2, 1, 1, false, 10, '{"query": "비밀"}', '{}')`,
        [tenantId, ids.next(), daysAgo],
      );
    const kept = async (tenantId = tenant) => {
      const rows = await database.rows<{ days: number }>(
        tenantId,
        `SELECT round(extract(epoch FROM now() - asked_at) / 86400)::int AS days FROM queries ORDER BY asked_at DESC`,
      );
      return rows.map(({ days }) => days);
    };
    const forget = () => new ForgetOldQueries(reader(), database.uow()).execute(new AbortController().signal);

    it('is said by the tenant itself, and only by it', async () => {
      const other = await database.aTenant();
      for (const days of [1, 29, 31, 400]) await Promise.all([ask(days), ask(days, other)]);
      await change({ retentionDays: 30 });
      expect(await forget()).toBe(2);
      expect(await kept()).toEqual([1, 29]);
      expect(await kept(other)).toEqual([1, 29, 31, 400]);
      expect(await forget()).toBe(0);
    });

    it('ends for more than goes at once', async () => {
      await database.rows(
        tenant,
        `INSERT INTO queries (tenant_id, id, asked_at, kind, key_id, corpus_epoch, model_version, refused, cost_micro_usd, input, result)
         SELECT $1, gen_random_uuid(), now() - interval '9 days', 'search', $1, 1, 1, false, 0, '{}', '{}' FROM generate_series(1, 1203)`,
        [tenant],
      );
      await change({ retentionDays: 8 });
      expect(await forget()).toBe(1_203);
    });
  });
});

const sorted = (settings: object): object =>
  Object.fromEntries(Object.entries(settings).sort(([one], [other]) => one.localeCompare(other)));

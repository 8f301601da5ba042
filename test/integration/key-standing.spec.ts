import type { OpenKey, Standing } from '@aegis/application/shared/key-standing';
import { ApiKey } from '@aegis/domain/tenants/api-key';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Connections } from '@aegis/infrastructure/persistence/connections';
import { HmacKeyMint } from '@aegis/infrastructure/tenants/hmac-key-mint';
import { PostgresKeyStanding } from '@aegis/infrastructure/tenants/postgres-key-standing';
import { OPEN_TIMEOUT_MS, TestDatabase, ids } from '../support/database';

const actor = { kind: 'platform_admin' } as const;
const past = new Date('2020-01-01');

describe('the standing of keys', () => {
  const mint = new HmacKeyMint(Buffer.alloc(32, 7));
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.open();
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());

  /** A key of a tenant of its own. */
  async function aKey(change: (key: ApiKey) => void = () => undefined, expiresAt: Date | null = null): Promise<OpenKey> {
    const tenantId = await database.aTenant();
    const keyId = ApiKeyId.parse(ids.next());
    const about = { id: keyId, tenantId, name: '화면', scopes: ['query'], expiresAt, ...mint.make('live').stored } as const;
    const key = ApiKey.issue(about, actor, new Date());
    change(key);
    await database.platformUow().run((tx) => tx.apiKeys.add(key));
    return { tenantId, keyId };
  }
  const changeTenant = (id: TenantId, isActive: boolean) =>
    database.platformUow().run(async (tx) => {
      const tenant = await tx.tenants.find(id);
      if (tenant === null) throw new Error('no tenant');
      tenant.change({ name: undefined, isActive, monthlyQuota: undefined, settings: undefined }, actor, new Date());
      await tx.tenants.update(tenant);
    });
  const deleteTenant = (id: TenantId) =>
    database.platformUow().run(async (tx) => {
      const tenant = await tx.tenants.find(id);
      if (tenant === null) throw new Error('no tenant');
      await tx.tenants.delete(tenant, tenant.delete(ids.next(), actor, new Date()));
    });

  it('is found out for the keys of many tenants in one look', async () => {
    const [good, revoked, expired, ofSuspended, ofDeleted] = [
      await aKey(),
      await aKey((key) => key.revoke(actor, new Date())),
      await aKey(undefined, past),
      await aKey(),
      await aKey(),
    ];
    await changeTenant(ofSuspended.tenantId, false);
    await deleteTenant(ofDeleted.tenantId);
    const unknown = { tenantId: good.tenantId, keyId: ApiKeyId.parse(ids.next()) };
    const misplaced = { ...(await aKey()), tenantId: good.tenantId };
    let looks = 0;
    const counted: Pick<Connections, 'transaction'> = {
      transaction: (...given) => {
        looks += 1;
        return database.platform.connections.transaction(...given);
      },
    };
    const standing = await new PostgresKeyStanding(counted).of([good, revoked, expired, ofSuspended, ofDeleted, unknown, misplaced]);
    const expected: readonly (readonly [OpenKey, Standing])[] = [
      [good, 'good'],
      [revoked, 'ended'],
      [expired, 'ended'],
      [ofSuspended, 'suspended'],
      [ofDeleted, 'ended'],
      [unknown, 'ended'],
      [misplaced, 'ended'],
    ];
    expect(standing).toEqual(new Map(expected.map(([{ keyId }, is]) => [keyId, is])));
    expect(looks).toBe(1);
  });

  it('is not known when the database gives up: nobody is cut off for a slow statement', async () => {
    const tooSlow = Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });
    await expect(new PostgresKeyStanding({ transaction: () => Promise.reject(tooSlow) }).of([await aKey()])).rejects.toBe(tooSlow);
  });
});

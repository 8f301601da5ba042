import { TenantGone } from '@aegis/domain/shared/access-errors';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PostgresKeyStanding } from './postgres-key-standing';

const tenant = TenantId.parse('0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11');
const key = ApiKeyId.parse('0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e12');

const asked = (error: Error) => new PostgresKeyStanding({ transaction: () => Promise.reject(error) }).of(tenant, [key]);

describe('the standing of keys', () => {
  it('of a tenant that was deleted is their end', async () => {
    expect(await asked(new TenantGone())).toEqual(new Map([[key, 'ended']]));
  });

  it('is not known when the database gives up: nobody is cut off for a slow statement', async () => {
    const tooSlow = Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });
    await expect(asked(tooSlow)).rejects.toBe(tooSlow);
  });
});

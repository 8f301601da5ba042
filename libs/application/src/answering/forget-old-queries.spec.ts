import { TenantGone } from '@aegis/domain/shared/access-errors';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { ForgetOldQueries } from './forget-old-queries';

const DELETED = TenantId.parse('00000000-0000-7000-8000-000000000001');
const LIVING = TenantId.parse('00000000-0000-7000-8000-000000000002');

describe('ForgetOldQueries', () => {
  it('goes on with the others when a tenant is deleted meanwhile', async () => {
    const tenants = { retentions: () => Promise.resolve([DELETED, LIVING].map((tenantId) => ({ tenantId, days: 30 }))) };
    const uow = {
      run: <T>(tenantId: TenantId) => (tenantId === DELETED ? Promise.reject<T>(new TenantGone()) : Promise.resolve(7 as T)),
    };
    expect(await new ForgetOldQueries(tenants, uow).execute(new AbortController().signal)).toBe(7);
  });
});

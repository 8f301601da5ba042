import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { MachineTurns } from './machine-turns';

const tenantId = TenantId.parse('00000000-0000-7000-8000-000000000001');
const { signal } = new AbortController();
const never = () => new Promise<never>(() => undefined);

describe('MachineTurns', () => {
  it('holds no turn for a model that is not on this machine, so that one that hangs keeps nobody from the database', async () => {
    const turns = new MachineTurns(2, false);
    for (let hanging = 0; hanging < 5; hanging++) void turns.run(tenantId, 'embed', signal, never);
    await expect(turns.run(tenantId, 'database', signal, () => Promise.resolve('found'))).resolves.toBe('found');
  });

  it('counts embedding here and the database together: they use the same processors', async () => {
    const turns = new MachineTurns(2, true);
    void turns.run(tenantId, 'embed', signal, never);
    const found = turns.run(tenantId, 'database', signal, () => Promise.resolve('found'));
    await expect(Promise.race([found, new Promise((resolve) => setTimeout(resolve, 50, 'waits'))])).resolves.toBe('waits');
  });
});

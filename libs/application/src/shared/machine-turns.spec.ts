import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { MachineTurns } from './machine-turns';

const tenantId = TenantId.parse('00000000-0000-7000-8000-000000000001');
const crowd = TenantId.parse('00000000-0000-7000-8000-000000000002');
const { signal } = new AbortController();
const never = () => new Promise<never>(() => undefined);
const after = (ms: number) => new Promise<'waits'>((resolve) => setTimeout(resolve, ms, 'waits'));

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
    await expect(Promise.race([found, after(50)])).resolves.toBe('waits');
  });

  describe('beside a search of another tenant', () => {
    /** Searches under way: one of the tenant, so many of the crowd; the end of the tenant's one. */
    function searching(turns: MachineTurns, ofCrowd: number): () => void {
      let end = (): void => undefined;
      void turns.during(tenantId, () => new Promise<void>((resolve) => (end = resolve)));
      for (let count = 0; count < ofCrowd; count++) void turns.during(crowd, never);
      return () => end();
    }
    const turnOf = (turns: MachineTurns, tenant: TenantId) => turns.run(tenant, 'database', signal, () => Promise.resolve('found'));

    it('lets a crowd step aside until that search has ended', async () => {
      const turns = new MachineTurns(4, true);
      const end = searching(turns, 3);
      const found = turnOf(turns, crowd);
      await expect(Promise.race([found, after(20)])).resolves.toBe('waits');
      end();
      await expect(Promise.race([found, after(20)])).resolves.toBe('found');
    });

    it('lets a crowd wait for a tenth of a second at the most: nobody starves behind a search that hangs', async () => {
      const turns = new MachineTurns(4, true);
      searching(turns, 3);
      const before = performance.now();
      await turnOf(turns, crowd);
      expect(performance.now() - before).toBeGreaterThan(90);
      expect(performance.now() - before).toBeLessThan(10_000); // behind a search that hangs it would be for ever
    });

    it('lets nobody wait who is no crowd: the one beside the crowd, and two that ask about as much', async () => {
      const turns = new MachineTurns(4, true);
      searching(turns, 3);
      await expect(Promise.race([turnOf(turns, tenantId), after(20)])).resolves.toBe('found');
      const others = new MachineTurns(4, true);
      searching(others, 2);
      await expect(Promise.race([turnOf(others, crowd), after(20)])).resolves.toBe('found');
    });

    it('counts a search that failed as ended', async () => {
      const turns = new MachineTurns(4, true);
      for (let count = 0; count < 3; count++) void turns.during(crowd, never);
      await expect(turns.during(tenantId, () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
      await expect(Promise.race([turnOf(turns, crowd), after(20)])).resolves.toBe('found');
    });
  });
});

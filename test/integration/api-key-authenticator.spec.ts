import { KeyMint } from '@aegis/application/tenants/key-mint';
import { TenantSuspended, Unauthenticated } from '@aegis/domain/shared/access-errors';
import { ApiKey } from '@aegis/domain/tenants/api-key';
import { ApiKeyText } from '@aegis/domain/shared/api-key-text';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Connections } from '@aegis/infrastructure/persistence/connections';
import { PrometheusMetrics } from '@aegis/infrastructure/telemetry/metrics';
import { ApiKeyAuthenticator } from '@aegis/infrastructure/tenants/api-key-authenticator';
import { HmacKeyMint } from '@aegis/infrastructure/tenants/hmac-key-mint';
import { KeyUses, PostgresKeyUses } from '@aegis/infrastructure/tenants/key-uses';
import { CollectedLog } from '../support/collected-log';
import { OPEN_TIMEOUT_MS, TestDatabase, ids } from '../support/database';

class CollectedUses extends KeyUses {
  readonly noted: ApiKeyId[] = [];
  note(_tenantId: TenantId, keyId: ApiKeyId): void {
    this.noted.push(keyId);
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The real connections, and how often they were used. */
class CountedConnections implements Pick<Connections, 'transaction'> {
  count = 0;
  constructor(private readonly real: Connections) {}
  readonly transaction: Connections['transaction'] = (...args) => {
    this.count += 1;
    return this.real.transaction(...args);
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
/** Milliseconds that a quarter of the samples stays below: what others do on the machine only ever adds to a time. */
const lowerQuartile = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 4)] ?? NaN;

describe('API keys at the door', () => {
  let database: TestDatabase;
  const mint: KeyMint = new HmacKeyMint(Buffer.alloc(32, 7));

  beforeAll(async () => {
    database = await TestDatabase.open();
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());

  function door(ttlMs?: number) {
    const connections = new CountedConnections(database.platform.connections);
    const uses = new CollectedUses();
    const metrics = new PrometheusMetrics({ processMetrics: false });
    return { connections, uses, metrics, authenticator: new ApiKeyAuthenticator(connections, mint, uses, metrics, ttlMs) };
  }

  async function issue(tenantId: TenantId) {
    const { text, stored } = mint.make('live');
    const id = ApiKeyId.parse(ids.next());
    const about = { id, tenantId, name: '문', scopes: ['query'], expiresAt: null, ...stored } as const;
    const key = ApiKey.issue(about, { kind: 'platform_admin' }, new Date());
    await database.platformUow().run((tx) => tx.apiKeys.add(key));
    return { key: text, id, lookupId: stored.lookupId };
  }

  const wrongSecretOf = (lookupId: string): string => ApiKeyText.compose('live', lookupId, mint.mint('live').slice(20, 63));
  const mistyped = (key: string): string => key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a');

  it('are let in, and asked about once for many requests', async () => {
    const tenantId = await database.aTenant();
    const { key, id } = await issue(tenantId);
    const { authenticator, connections, uses, metrics } = door();
    const callers = await Promise.all(Array.from({ length: 50 }, () => authenticator.authenticate(key)));
    expect(callers.every((caller) => caller.tenantId === tenantId && caller.keyId === id)).toBe(true);
    expect(connections.count).toBe(1);
    expect(uses.noted).toEqual(Array.from({ length: 50 }, () => id));
    expect((await metrics.exposition()).text).toContain('aegis_key_lookups_total 1');
  });

  it('cost the database nothing when their shape or checksum is wrong', async () => {
    const { key } = await issue(await database.aTenant());
    const { authenticator, connections, uses } = door();
    const impossible = [
      '',
      'ag_live_',
      mistyped(key),
      key.toUpperCase(),
      ` ${key}`,
      `${key}\n`,
      key.replace('live', 'prod'),
      'x'.repeat(4_096),
    ];
    for (const text of impossible) await expect(authenticator.authenticate(text)).rejects.toThrow(Unauthenticated);
    expect([connections.count, uses.noted]).toEqual([0, []]);
  });

  it('are nobody’s alike whether nobody has the id or the secret is another: same answer, same number of look-ups', async () => {
    const { lookupId } = await issue(await database.aTenant());
    for (const guess of [mint.mint('live'), wrongSecretOf(lookupId)]) {
      const { authenticator, connections, uses } = door();
      for (let count = 0; count < 3; count++) await expect(authenticator.authenticate(guess)).rejects.toThrow(new Unauthenticated());
      expect([connections.count, uses.noted]).toEqual([1, []]);
    }
  });

  it('take the same time whether nobody has the id or the secret is another', async () => {
    const { lookupId } = await issue(await database.aTenant());
    const { authenticator } = door();
    const timed = async (key: string): Promise<number> => {
      const start = performance.now();
      await authenticator.authenticate(key).catch(() => undefined);
      return performance.now() - start;
    };
    let difference = Infinity;
    for (let round = 0; round < 10 && difference >= 0.5; round++) {
      const [unknown, wrong]: [number[], number[]] = [[], []];
      for (let sample = 0; sample < 100; sample++) {
        unknown.push(await timed(mint.mint('live')));
        wrong.push(await timed(wrongSecretOf(lookupId)));
      }
      difference = Math.abs(lowerQuartile(unknown) - lowerQuartile(wrong));
    }
    expect(difference).toBeLessThan(0.5);
  }, 120_000);

  it('that nobody knows are looked up only if the door allows it; those that were right are', async () => {
    const { key } = await issue(await database.aTenant());
    const { authenticator, connections } = door(50);
    const refuse = (): void => {
      throw new Error('too many failures');
    };
    await expect(authenticator.authenticate(mint.mint('live'), refuse)).rejects.toThrow('too many failures');
    await expect(authenticator.authenticate(key, refuse)).rejects.toThrow('too many failures');
    expect(connections.count).toBe(0);
    await authenticator.authenticate(key);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await authenticator.authenticate(key, refuse); // forgotten by now, but known to be worth a question
    expect(connections.count).toBe(2);
  });

  it('that nobody knows are looked up few at a time, and no more once their address has failed too often', async () => {
    const { authenticator, connections } = door();
    let [failures, running, most] = [0, 0, 0];
    const { transaction } = connections;
    Object.assign(connections, {
      transaction: async (...args: Parameters<Connections['transaction']>) => {
        most = Math.max(most, ++running);
        return transaction(...args).finally(() => (running -= 1));
      },
    });
    const fiveFailuresAtMost = (): void => {
      if (failures >= 5) throw new Error('too many failures');
    };
    const guesses = Array.from({ length: 200 }, () => authenticator.authenticate(mint.mint('live'), fiveFailuresAtMost));
    const outcomes = await Promise.all(
      guesses.map((guess) =>
        guess.catch((error: unknown) => {
          if (error instanceof Unauthenticated) failures += 1;
          return (error as Error).name;
        }),
      ),
    );
    expect(new Set(outcomes)).toEqual(new Set(['Unauthenticated', 'Error']));
    expect(connections.count).toBeLessThan(10);
    expect(most).toBe(2);
  });

  it('of a suspended tenant say so to the right key only', async () => {
    const tenantId = await database.aTenant();
    const { key, lookupId } = await issue(tenantId);
    await database.platform.connections.transaction('app_admin', (manager) =>
      manager.query('UPDATE tenants SET is_active = false WHERE id = $1', [tenantId]),
    );
    const { authenticator, uses } = door();
    await expect(authenticator.authenticate(key)).rejects.toThrow(TenantSuspended);
    await expect(authenticator.authenticate(wrongSecretOf(lookupId))).rejects.toThrow(Unauthenticated);
    expect(uses.noted).toEqual([]);
  });

  describe('and when they were last used', () => {
    const quick = { flushMs: 20, pauseMs: 60_000 };
    const lastUse = async (tenantId: TenantId, id: ApiKeyId): Promise<Date | null> =>
      (await database.rows<{ at: Date | null }>(tenantId, 'SELECT last_used_at AS at FROM api_keys WHERE id = $1', [id]))[0]?.at ?? null;

    it('is written in batches, once for many uses, by the database’s clock', async () => {
      const [one, other] = [await database.aTenant(), await database.aTenant()];
      const [a, b, c] = [await issue(one), await issue(one), await issue(other)];
      let transactions = 0;
      const counted: Pick<typeof database.platform.tenants, 'transaction'> = {
        transaction: (...args) => {
          transactions += 1;
          return database.platform.tenants.transaction(...args);
        },
      };
      const uses = new PostgresKeyUses(counted, new CollectedLog(), quick);
      for (let count = 0; count < 100; count++)
        for (const [tenant, { id }] of [
          [one, a],
          [one, b],
          [other, c],
        ] as const)
          uses.note(tenant, id);
      expect(transactions).toBe(0); // nothing on the way of a request
      for (const late = Date.now() + 10_000; (await lastUse(other, c.id)) === null && Date.now() < late;) await pause(20);
      for (const late = Date.now() + 10_000; (await lastUse(one, b.id)) === null && Date.now() < late;) await pause(20);
      await pause(100); // nor more afterwards
      expect(transactions).toBe(2);
      for (const [tenant, { id }] of [
        [one, a],
        [one, b],
        [other, c],
      ] as const) {
        expect(Math.abs(Date.now() - ((await lastUse(tenant, id))?.getTime() ?? 0))).toBeLessThan(5_000);
      }
      uses.note(one, a.id); // within the minute: it waits
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(transactions).toBe(2);
      const before = await lastUse(one, a.id);
      await uses.close(); // and is not lost when the process stops
      expect((await lastUse(one, a.id))?.getTime()).toBeGreaterThan(before?.getTime() ?? Infinity);
      expect(transactions).toBe(3);
    });

    it('never goes back, never reaches another tenant’s key, and harms nobody when it fails', async () => {
      const [tenantId, stranger] = [await database.aTenant(), await database.aTenant()];
      const { id } = await issue(tenantId);
      await database.rows(tenantId, `UPDATE api_keys SET last_used_at = '2999-01-01Z' WHERE id = $1`, [id]);
      const log = new CollectedLog();
      const uses = new PostgresKeyUses(database.platform.tenants, log, quick);
      for (const claimed of [stranger, tenantId]) {
        uses.note(claimed, id);
        await uses.close();
      }
      expect((await lastUse(tenantId, id))?.getUTCFullYear()).toBe(2999);
      expect(log.lines).toEqual([]);

      const broken = new PostgresKeyUses({ transaction: () => Promise.reject(new Error('no database')) }, log, quick);
      broken.note(tenantId, id);
      await broken.close();
      expect(log.lines.map(({ level, message }) => [level, message])).toEqual([['warn', 'the last use of keys was not written down']]);
    });

    it('is all that the runtime may change of a key', async () => {
      const tenantId = await database.aTenant();
      await issue(tenantId);
      for (const column of [
        'tenant_id',
        'id',
        'lookup_id',
        'name',
        'mode',
        'digest',
        'scopes',
        'created_at',
        'expires_at',
        'not_after',
        'revoked_at',
      ]) {
        await expect(database.rows(tenantId, `UPDATE api_keys SET ${column} = ${column}`)).rejects.toThrow(/permission denied/);
      }
      await expect(database.rows(tenantId, 'DELETE FROM api_keys')).rejects.toThrow(/permission denied/);
      await database.rows(tenantId, 'UPDATE api_keys SET last_used_at = now()');
    });
  });
});

import { IdempotencyKeys, type PlacedKey } from '@aegis/application/shared/idempotency-keys';
import type { Completion } from '@aegis/application/shared/completion';
import type { Transaction } from '@aegis/application/unit-of-work';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { AesGcmAnswerVault } from '@aegis/infrastructure/idempotency/aes-gcm-answer-vault';
import { PostgresExpiredRows } from '@aegis/infrastructure/persistence/postgres-expired-rows';
import type { ServerEvent } from '@aegis/presentation/http/event-stream';
import { documentIdsIn } from '@aegis/presentation/http/idempotent-attempt';
import { IdempotentReplies } from '@aegis/presentation/http/idempotent-replies';
import type { RequestKey } from '@aegis/presentation/http/idempotency-key';
import { ids, OPEN_TIMEOUT_MS, TestDatabase } from '../support/database';

/** The effect of a request: a ticket, so that it can be counted. */
interface Effect {
  readonly id: string;
}

describe('idempotency keys', () => {
  let database: TestDatabase;
  let keys: IdempotencyKeys;
  let replies: IdempotentReplies;
  let tenant: TenantId;

  beforeAll(async () => {
    database = await TestDatabase.open();
    keys = new IdempotencyKeys(database.uow(), database.platformUow(), new AesGcmAnswerVault(Buffer.alloc(32, 1)), ids);
    replies = new IdempotentReplies(keys);
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());
  beforeEach(async () => {
    tenant = await database.aTenant();
  });

  const key = (about: Partial<PlacedKey> = {}): RequestKey => ({
    placed: { tenantId: tenant, principal: 'a', key: 'k', ...about },
    route: ['POST', '/v1/query', {}],
    body: { query: '연차' },
  });
  const effects = async () => Number((await database.rows<{ n: string }>(tenant, 'SELECT count(*) AS n FROM stream_tickets'))[0]?.n);
  const states = async () =>
    (await database.rows<{ state: string }>(tenant, 'SELECT state FROM idempotency_keys')).map(({ state }) => state);
  const endLease = () => database.rows(tenant, `UPDATE idempotency_keys SET lease_until = clock_timestamp() - interval '1 s'`);
  const effect = async (
    complete: Completion<Effect>,
    after: (tx: Transaction) => Promise<void> = () => Promise.resolve(),
  ): Promise<Effect> => {
    const result = { id: ids.next() };
    await database.uow().run(tenant, async (tx) => {
      await tx.tickets.add({ id: result.id, keyId: ids.next(), body: {}, expiresAt: new Date(Date.now() + 60_000) });
      await complete(tx, result);
      await after(tx);
    });
    return result;
  };
  const answered = (work: (complete: Completion<Effect>) => Promise<Effect>, about = key()) =>
    replies.answer<Effect>(about, ({ id }) => ({ status: 201, body: { id } }), work);
  const textOf = ({ body }: { body: object }) => Buffer.from(body as Uint8Array).toString('utf8');
  const failing = () => Promise.reject(new Error('no'));

  it('are free again when nothing came of the request', async () => {
    await expect(answered(failing)).rejects.toThrow('no');
    await expect(answered((complete) => effect(complete, failing))).rejects.toThrow('no');
    expect([await effects(), await states()]).toEqual([0, []]);
    await answered(effect);
    expect([await effects(), await states()]).toEqual([1, ['done']]);
  });

  it('keep the answer when the effect is there and only the news of it was lost', async () => {
    await expect(answered((complete) => effect(complete).then(failing))).rejects.toThrow('no');
    const again = await answered(failing);
    expect([again.status, again.headers['idempotency-replayed'], await effects()]).toEqual([201, 'true', 1]);
    expect(textOf(again)).toMatch(/^\{"id":"[0-9a-f-]{36}"\}$/);
  });

  it('let the effect of the slower go when its key was taken over', async () => {
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    let begun: () => void = () => undefined;
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    const slow = answered(async (complete) => {
      begun();
      await held;
      return effect(complete);
    });
    await hasBegun;
    await expect(answered(effect)).rejects.toMatchObject({ code: 'idempotency_in_progress' });
    await endLease();
    const quick = await answered(effect);
    goOn();
    await expect(slow).rejects.toMatchObject({ code: 'idempotency_in_progress' });
    expect(await effects()).toBe(1);
    expect(textOf(await answered(failing))).toBe(textOf(quick));
  });

  it('hold their lease while the work goes on', async () => {
    const begun = await keys.begin(key().placed, 'said');
    if (begun.kind !== 'held') throw new Error('not held');
    await endLease();
    await keys.renew(begun.key);
    await expect(keys.begin(key().placed, 'said')).rejects.toMatchObject({ code: 'idempotency_in_progress' });
  });

  it('say first that another request has the key, and only then that it runs', async () => {
    await keys.begin(key().placed, 'said');
    await expect(keys.begin(key().placed, 'something else')).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  });

  it('are apart by tenant, principal and place', async () => {
    const other = await database.aTenant();
    const principal = ids.next(); // the platform's place is one for all tests
    for (const about of [{}, { tenantId: other }, { principal }, { key: 'l' }, { tenantId: null, principal }]) {
      expect((await keys.begin({ ...key().placed, ...about }, 'said')).kind).toBe('held');
    }
  });

  it('stand in the platform’s place only for the administrator', async () => {
    const principal = ids.next();
    await keys.begin({ tenantId: null, principal, key: 'k' }, 'said');
    await keys.begin({ tenantId: tenant, principal, key: 'k' }, 'said');
    expect(await database.rows(tenant, 'SELECT tenant_id FROM idempotency_keys WHERE principal = $1', [principal])).toEqual([
      { tenant_id: tenant },
    ]);
    const byAdministrator = (sql: string) =>
      database.platform.connections.transaction('app_admin', (manager) => manager.query<unknown>(sql, [tenant]));
    expect(await byAdministrator('DELETE FROM idempotency_keys WHERE tenant_id = $1 RETURNING key')).toEqual([[], 0]);
    await expect(
      byAdministrator(
        `INSERT INTO idempotency_keys (tenant_id, principal, key, fingerprint, state, owner, lease_until, expires_at)
         VALUES ($1, 'x', 'y', '', 'running', gen_random_uuid(), now(), now())`,
      ),
    ).rejects.toThrow(/row-level security/);
  });

  it('are swept when their day is over, and no other row is seen for it', async () => {
    await keys.begin(key({ key: 'old' }).placed, 'said');
    await keys.begin(key({ key: 'new' }).placed, 'said');
    await database.rows(tenant, `UPDATE idempotency_keys SET expires_at = clock_timestamp() - interval '1 s' WHERE key = 'old'`);
    expect(await new PostgresExpiredRows(database.platform.connections).remove()).toBeGreaterThanOrEqual(1);
    expect(await database.rows(tenant, 'SELECT key FROM idempotency_keys')).toEqual([{ key: 'new' }]);
    const bySweeper = (sql: string) => database.platform.connections.transaction('app_dispatch', (manager) => manager.query<unknown>(sql));
    expect(await bySweeper('DELETE FROM idempotency_keys WHERE expires_at > now()')).toEqual([[], 0]);
    await expect(bySweeper('SELECT key FROM idempotency_keys')).rejects.toThrow(/permission denied/);
  });

  it('and stream tickets that nobody came for within the hour go with them: they hold questions', async () => {
    const ticket = (lifetime: string) =>
      database.rows(
        tenant,
        `INSERT INTO stream_tickets (tenant_id, id, key_id, body, expires_at)
         VALUES ($1, gen_random_uuid(), gen_random_uuid(), '{}', clock_timestamp() + $2::interval)`,
        [tenant, lifetime],
      );
    await ticket('-61 min');
    await ticket('-1 min'); // goes later
    await ticket('1 min');
    await new PostgresExpiredRows(database.platform.connections).remove();
    expect(await database.rows(tenant, 'SELECT expires_at > now() AS lives FROM stream_tickets ORDER BY 1')).toEqual([
      { lives: false },
      { lives: true },
    ]);
  });

  it.each([
    ['{"id":"0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11","document_id":"0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e12"}', 2],
    [JSON.stringify({ query_id: '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11', content: '"id":"0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e12"' }), 0],
  ])('know which documents %s quotes', (json, count) => {
    expect(documentIdsIn(json)).toHaveLength(count);
  });

  describe('of a stream', () => {
    async function* words(complete: Completion<string>, end: () => Promise<void> = () => Promise.resolve()): AsyncGenerator<ServerEvent> {
      yield { event: 'token', data: { content: '열' } };
      yield { event: 'token', data: { content: '흘' } };
      await end();
      await database.uow().run(tenant, (tx) => complete(tx, '열흘'));
      yield { event: 'done', data: { answer: '열흘' } };
    }
    const last = (answer: string): ServerEvent => ({ event: 'done', data: { answer } });
    /** A client that reads `count` events and goes. */
    const reader = (seen: ServerEvent[], count = Infinity) => ({
      send: async (produce: (signal: AbortSignal) => AsyncIterable<ServerEvent>) => {
        for await (const event of produce(new AbortController().signal)) {
          seen.push(event);
          if (seen.length === count) return;
        }
      },
    });

    it('bring every event again as it was sent', async () => {
      const seen: ServerEvent[] = [];
      expect(await replies.stream(key(), reader(seen), last, (_, complete) => words(complete))).toBeUndefined();
      const again = await replies.stream<string>(key(), reader([]), last, () => words(failing));
      if (again === undefined) throw new Error('streamed twice');
      const frames = seen.map(({ event, data }, index) => `id: ${index + 1}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      expect(textOf(again)).toBe(frames.join(''));
      expect(again.headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8', 'idempotency-replayed': 'true' });
    });

    it('are free again when the client went away or the stream failed, and kept when it only missed the end', async () => {
      await replies.stream<string>(key(), reader([], 1), last, (_, complete) => words(complete));
      expect(await states()).toEqual([]);
      await expect(replies.stream<string>(key(), reader([]), last, (_, complete) => words(complete, failing))).rejects.toThrow('no');
      expect(await states()).toEqual([]);
      await replies.stream<string>(key(), reader([], 3), last, (_, complete) => words(complete));
      expect(await states()).toEqual(['done']);
    });
  });
});

import type { Transaction } from '@aegis/application/unit-of-work';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import { reservationOf, type Reservation } from '@aegis/domain/shared/reservation';
import type { UsageLine } from '@aegis/domain/shared/usage-line';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { QuotaExceeded, TokenRateLimited } from '@aegis/domain/usage/usage-errors';
import { PostgresReservationDispatch } from '@aegis/infrastructure/usage/postgres-reservation-dispatch';
import { PostgresUsageReader } from '@aegis/infrastructure/usage/postgres-usage-reader';
import { OPEN_TIMEOUT_MS, TestDatabase, ids } from '../support/database';

const APRIL = new Date('2025-04-15T12:00:00Z');
const MAY = new Date('2025-05-01T00:00:00Z');
const NOBODY = { queryId: null, documentId: null };

const aReservation = (amount: number, at = APRIL): Reservation => reservationOf(ids.next(), [MicroUsd.of(amount)], at);
const aLine = (cost: number, about: Partial<UsageLine> = {}): UsageLine => ({
  ...{ kind: 'generation', provider: 'openai-compatible', model: 'gpt', tokensIn: 10, tokensOut: 5, pages: 0, cost: MicroUsd.of(cost) },
  ...about,
});

describe('usage ledger', () => {
  let database: TestDatabase;
  let tenant: TenantId;

  beforeAll(async () => {
    database = await TestDatabase.open();
  }, OPEN_TIMEOUT_MS);
  afterAll(() => database.close());
  beforeEach(async () => {
    tenant = await database.aTenant({ quotaMicroUsd: 1_000 });
  });

  const ledger = <T>(work: (usage: Transaction['usage']) => Promise<T>): Promise<T> => database.uow().run(tenant, (tx) => work(tx.usage));
  const reserve = (reservation: Reservation) => ledger((usage) => usage.reserve(reservation));
  const post = (reservation: Reservation, ...lines: UsageLine[]) => ledger((usage) => usage.post(reservation, lines, NOBODY));
  const voided = (reservation: Reservation) => ledger((usage) => usage.void(reservation));

  interface Budget {
    readonly limit: number;
    readonly reserved: number;
    readonly spent: number;
    readonly overage: number;
  }
  async function budget(period = '2025-04-01'): Promise<Budget | undefined> {
    const rows = await database.rows<Budget>(
      tenant,
      `SELECT limit_micro_usd::float8 AS limit, reserved::float8, spent::float8, overage::float8 FROM budgets WHERE period = $1`,
      [period],
    );
    return rows[0];
  }
  const stateOf = async ({ id }: Reservation) =>
    (await database.rows<{ state: string }>(tenant, 'SELECT state FROM reservations WHERE id = $1', [id]))[0]?.state;

  /** What the budgets say was used is what the records say was used; what they hold back is what is pending. */
  async function expectBalance(): Promise<void> {
    const [row] = await database.rows<Record<'used' | 'recorded' | 'reserved' | 'pending', string>>(
      tenant,
      `SELECT (SELECT coalesce(sum(spent + overage), 0) FROM budgets) AS used,
              (SELECT coalesce(sum(cost_micro_usd), 0) FROM usage_records) AS recorded,
              (SELECT coalesce(sum(reserved), 0) FROM budgets) AS reserved,
              (SELECT coalesce(sum(amount), 0) FROM reservations WHERE state = 'pending') AS pending`,
    );
    expect(row?.used).toBe(row?.recorded);
    expect(row?.reserved).toBe(row?.pending);
  }

  describe('reserving', () => {
    it('sets money aside in the month of the reservation, whose limit is the tenant quota', async () => {
      await reserve(aReservation(300));
      await reserve(aReservation(200, MAY));
      expect(await budget()).toEqual({ limit: 1_000, reserved: 300, spent: 0, overage: 0 });
      expect(await budget('2025-05-01')).toEqual({ limit: 1_000, reserved: 200, spent: 0, overage: 0 });
      await expectBalance();
    });

    it('goes up to the limit and not one millionth beyond', async () => {
      await reserve(aReservation(999));
      await expect(reserve(aReservation(2))).rejects.toBeInstanceOf(QuotaExceeded);
      await reserve(aReservation(1));
      await expect(reserve(aReservation(1))).rejects.toBeInstanceOf(QuotaExceeded);
      expect(await budget()).toMatchObject({ reserved: 1_000 });
      await expectBalance();
    });

    it('admits exactly one of a hundred on the last cent', async () => {
      await reserve(aReservation(990));
      const crowd = await Promise.allSettled(Array.from({ length: 100 }, () => reserve(aReservation(10))));
      const refused = crowd.filter((each) => each.status === 'rejected').map((each) => each.reason as unknown);
      expect(refused).toHaveLength(99);
      expect(refused.every((reason) => reason instanceof QuotaExceeded)).toBe(true);
      expect(await budget()).toMatchObject({ reserved: 1_000 });
      await expectBalance();
    });

    it('counts what was spent and what went over the limit', async () => {
      const first = aReservation(600);
      await reserve(first);
      await post(first, aLine(600));
      await expect(reserve(aReservation(401))).rejects.toBeInstanceOf(QuotaExceeded);
      const second = aReservation(300);
      await reserve(second);
      await post(second, aLine(350));
      await expect(reserve(aReservation(51))).rejects.toBeInstanceOf(QuotaExceeded);
      await reserve(aReservation(50));
      await expectBalance();
    });

    it('leaves other tenants alone', async () => {
      const other = await database.aTenant({ quotaMicroUsd: 1_000 });
      await reserve(aReservation(1_000));
      await database.uow().run(other, (tx) => tx.usage.reserve(aReservation(1_000)));
      await expect(reserve(aReservation(1))).rejects.toBeInstanceOf(QuotaExceeded);
    });

    it('follows a changed quota in the month that runs, but never below what is used or set aside', async () => {
      const change = (quota: number) =>
        database.platformUow().run(async (tx) => {
          const found = await tx.tenants.find(tenant);
          if (found === null) throw new Error('no such tenant');
          const nothingElse = { name: undefined, isActive: undefined, settings: undefined };
          found.change({ ...nothingElse, monthlyQuota: MicroUsd.of(quota) }, { kind: 'platform_admin' }, new Date());
          await tx.tenants.update(found);
        });
      const now = new Date();
      const [used, pending] = [aReservation(300, now), aReservation(200, now)];
      await reserve(used);
      await post(used, aLine(300));
      await reserve(pending);
      await change(100);
      expect(await budget(used.period)).toEqual({ limit: 500, reserved: 200, spent: 300, overage: 0 });
      await expect(reserve(aReservation(1, now))).rejects.toBeInstanceOf(QuotaExceeded);
      await change(600);
      await reserve(aReservation(100, now));
      await expect(reserve(aReservation(1, now))).rejects.toBeInstanceOf(QuotaExceeded);
    });

    it('of a tenant without quota refuses everything that costs', async () => {
      tenant = await database.aTenant({ quotaMicroUsd: 0 });
      await expect(reserve(aReservation(1))).rejects.toBeInstanceOf(QuotaExceeded);
    });
  });

  describe('posting', () => {
    it('books two lines of one kind: a model that failed half-way, and the one that answered', async () => {
      const reservation = aReservation(300);
      await reserve(reservation);
      await post(reservation, aLine(120, { model: 'first' }), aLine(30, { model: 'second' }));
      await post(reservation, aLine(120), aLine(30)); // settled once, however often it is repeated
      const records = await database.rows(tenant, 'SELECT kind, model, cost_micro_usd FROM usage_records ORDER BY model');
      expect(records).toEqual([
        { kind: 'generation', model: 'first', cost_micro_usd: '120' },
        { kind: 'generation', model: 'second', cost_micro_usd: '30' },
      ]);
      await expectBalance();
    });

    it('books what it cost and gives the rest back', async () => {
      const reservation = aReservation(500);
      await reserve(reservation);
      await post(reservation, aLine(120), aLine(30, { kind: 'query_embedding', tokensOut: 0 }));
      expect(await budget()).toEqual({ limit: 1_000, reserved: 0, spent: 150, overage: 0 });
      expect(await stateOf(reservation)).toBe('posted');
      const records = await database.rows(tenant, 'SELECT kind, cost_micro_usd, tokens_in, tokens_out FROM usage_records ORDER BY kind');
      expect(records).toEqual([
        { kind: 'generation', cost_micro_usd: '120', tokens_in: '10', tokens_out: '5' },
        { kind: 'query_embedding', cost_micro_usd: '30', tokens_in: '10', tokens_out: '0' },
      ]);
      await expectBalance();
    });

    it('books once, however often and at whatever moment it is repeated', async () => {
      const reservation = aReservation(500);
      await reserve(reservation);
      await Promise.all(Array.from({ length: 10 }, () => post(reservation, aLine(120))));
      await post(reservation, aLine(120));
      expect(await budget()).toMatchObject({ reserved: 0, spent: 120 });
      await expectBalance();
    });

    it('books more than was set aside as overage, all of it', async () => {
      const reservation = aReservation(100);
      await reserve(reservation);
      await post(reservation, aLine(5_000));
      expect(await budget()).toEqual({ limit: 1_000, reserved: 0, spent: 100, overage: 4_900 });
      await expect(reserve(aReservation(1))).rejects.toBeInstanceOf(QuotaExceeded);
      await expectBalance();
    });

    it('of what costs nothing needs no reservation before, and is counted once', async () => {
      const nothing = aReservation(0);
      const line = aLine(0, { kind: 'ingestion', provider: 'aegis', model: 'ingestion', pages: 12, tokensIn: 0, tokensOut: 0 });
      await Promise.all([post(nothing, line), post(nothing, line)]);
      await post(nothing, line);
      expect(await database.rows(tenant, 'SELECT kind, pages FROM usage_records')).toEqual([{ kind: 'ingestion', pages: 12 }]);
      expect(await budget()).toEqual({ limit: 1_000, reserved: 0, spent: 0, overage: 0 });
      await expectBalance();
    });

    it('of what was expected to cost nothing books what it cost after all', async () => {
      await post(aReservation(0), aLine(70));
      expect(await budget()).toMatchObject({ reserved: 0, spent: 0, overage: 70 });
      await expectBalance();
    });

    it('of nothing does not need a budget that has room', async () => {
      await reserve(aReservation(1_000));
      await post(aReservation(0), aLine(0));
      await expectBalance();
    });
  });

  describe('giving back', () => {
    it('frees the money, once', async () => {
      const reservation = aReservation(400);
      await reserve(reservation);
      await Promise.all([voided(reservation), voided(reservation)]);
      await voided(reservation);
      expect(await budget()).toEqual({ limit: 1_000, reserved: 0, spent: 0, overage: 0 });
      expect(await stateOf(reservation)).toBe('voided');
    });

    it('and posting at the same moment settle it in one way', async () => {
      for (let round = 0; round < 5; round++) {
        const reservation = aReservation(100);
        await reserve(reservation);
        await Promise.all([voided(reservation), post(reservation, aLine(60)), voided(reservation), post(reservation, aLine(60))]);
        expect(['posted', 'voided']).toContain(await stateOf(reservation));
        await expectBalance();
      }
    });

    it('does not take back what was booked, and what was given back is not booked', async () => {
      const [booked, returned] = [aReservation(100), aReservation(100)];
      await reserve(booked);
      await reserve(returned);
      await post(booked, aLine(60));
      await voided(returned);
      await voided(booked);
      await post(returned, aLine(60));
      expect(await budget()).toMatchObject({ reserved: 0, spent: 60 });
      await expectBalance();
    });
  });

  describe('expiring', () => {
    const expire = ({ id }: Reservation) => ledger((usage) => usage.expire(id));
    const makeOld = ({ id }: Reservation, assignment = '') =>
      database.rows(tenant, `UPDATE reservations SET expires_at = clock_timestamp() - interval '1 s' ${assignment} WHERE id = $1`, [id]);
    const listed = async () =>
      (await new PostgresReservationDispatch(database.platform.connections).expired(100_000))
        .filter((each) => each.tenantId === tenant)
        .map((each) => each.id);

    it('leaves a reservation alone whose time has not come', async () => {
      const reservation = aReservation(100);
      await reserve(reservation);
      expect(await listed()).toEqual([]);
      await expire(reservation);
      expect(await stateOf(reservation)).toBe('pending');
    });

    it('gives back the money of a holder who died before calling anybody', async () => {
      const reservation = aReservation(100);
      await reserve(reservation);
      await makeOld(reservation);
      expect(await listed()).toEqual([reservation.id]);
      await expire(reservation);
      expect(await stateOf(reservation)).toBe('expired');
      expect(await budget()).toMatchObject({ reserved: 0, spent: 0 });
      expect(await listed()).toEqual([]);
      await expectBalance();
    });

    it('books what had been produced when the holder died after calling', async () => {
      const reservation = aReservation(100);
      await reserve(reservation);
      await makeOld(reservation, ', started = true, progress = 30');
      await expire(reservation);
      await expire(reservation);
      expect(await stateOf(reservation)).toBe('posted');
      expect(await budget()).toMatchObject({ reserved: 0, spent: 30 });
      await expectBalance();
    });

    it('does not make work free that went on: it is booked when it ends, once, though nothing is set aside any more', async () => {
      const reservation = aReservation(100);
      await reserve(reservation);
      await makeOld(reservation);
      await expire(reservation);
      await reserve(aReservation(1_000)); // the money was free again
      await Promise.all([post(reservation, aLine(60)), post(reservation, aLine(60)), voided(reservation)]);
      expect(await stateOf(reservation)).toBe('posted');
      expect(await budget()).toMatchObject({ reserved: 1_000, spent: 0, overage: 60 });
      await expectBalance();
    });
  });

  it('never lets a tenant change what was written down', async () => {
    await post(aReservation(0), aLine(0));
    for (const sql of [
      'UPDATE usage_records SET cost_micro_usd = 0',
      'DELETE FROM usage_records',
      'DELETE FROM reservations',
      'DELETE FROM budgets',
    ]) {
      await expect(database.rows(tenant, sql)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('comes out even after a crowd of everything at once', async () => {
    tenant = await database.aTenant({ quotaMicroUsd: 5_000 });
    const work = Array.from({ length: 60 }, async (_, index) => {
      const reservation = aReservation(50 + index);
      try {
        await reserve(reservation);
      } catch {
        return; // the quota is used up: also an outcome
      }
      if (index % 3 === 0) await voided(reservation);
      else if (index % 3 === 1) await post(reservation, aLine(index * 2));
    });
    await Promise.all(work);
    await expectBalance();
    const state = await budget();
    expect((state?.reserved ?? 0) + (state?.spent ?? 0)).toBeLessThanOrEqual(5_000);
  });

  it('shows in the summary what the ledger says', async () => {
    const [asked, pending] = [aReservation(500), aReservation(80)];
    await reserve(asked);
    await reserve(pending);
    await post(asked, aLine(120), aLine(30, { kind: 'query_embedding', tokensOut: 0 }));
    const now = new Date();
    const month = new PostgresUsageReader(database.platform.tenants);
    const summary = await month.summary(tenant, new Date(now.getTime() - 60_000), new Date(now.getTime() + 60_000));
    expect(summary).toMatchObject({ totalCost: 150, embeddingCost: 30, queryCost: 120, monthlyQuota: 1_000 });
    expect(summary.tokens).toEqual({ embedding: 10, prompt: 10, completion: 5 });
    const april = await month.summary(tenant, new Date('2025-04-01T00:00:00Z'), new Date('2025-05-01T00:00:00Z'));
    expect(april).toMatchObject({ totalCost: 0, reserved: 80 });
  });

  describe('tokens an hour', () => {
    const LIMIT = 1_000;
    const setAside = async (tokens: number, limit: number | null = LIMIT): Promise<Reservation> => {
      const reservation = reservationOf(ids.next(), [], new Date(), tokens);
      await ledger((usage) => usage.reserve(reservation, limit));
      return reservation;
    };
    const used = (reservation: Reservation, tokens: number, about: Partial<UsageLine> = {}) =>
      post(reservation, aLine(0, { tokensIn: tokens - 1, tokensOut: 1, ...about }));
    const refusalOf = (work: Promise<unknown>): Promise<TokenRateLimited> =>
      work.then(
        () => Promise.reject(new Error('it was admitted')),
        (error: unknown) => (error instanceof TokenRateLimited ? error : Promise.reject(new Error('another error', { cause: error }))),
      );
    const usedAgo = async (minutes: number, tokens: number): Promise<void> => {
      const { id } = await setAside(0, null);
      await database.rows(
        tenant,
        `INSERT INTO usage_records (tenant_id, reservation_id, kind, provider, model, tokens_in, tokens_out, cost_micro_usd, at)
         VALUES ($1, $2, 'generation', 'ollama', 'gemma', $3, 0, 0, clock_timestamp() - $4 * interval '1 min')`,
        [tenant, id, tokens, minutes],
      );
    };

    it('count what was used, not what was set aside, and the last one admitted may go beyond', async () => {
      for (const tokens of [400, 599]) await used(await setAside(900), tokens);
      await used(await setAside(900), 300);
      const refused = await refusalOf(setAside(1));
      expect(refused.retryAfterSeconds).toBeGreaterThan(3_590);
      expect(refused.retryAfterSeconds).toBeLessThanOrEqual(3_600);
      await expect(setAside(1, 1_300)).resolves.toBeDefined(); // another limit holds at once
      await expect(setAside(1, null)).resolves.toBeDefined();
    });

    it('count what is set aside until it is settled', async () => {
      const [first, second] = [await setAside(700), await setAside(700)];
      expect((await refusalOf(setAside(1))).retryAfterSeconds).toBeLessThanOrEqual(5);
      await voided(first);
      await used(second, 10);
      await expect(setAside(1)).resolves.toBeDefined();
    });

    it('leave no trace of what was refused', async () => {
      await setAside(LIMIT);
      await refusalOf(setAside(50));
      expect(await database.rows(tenant, 'SELECT tokens::int FROM reservations')).toEqual([{ tokens: LIMIT }]);
    });

    it('come back one hour later, and the refusal says when', async () => {
      await usedAgo(70, 10_000);
      for (const minutes of [40, 30, 20]) await usedAgo(minutes, 600);
      // Two of the three must be over before one more may begin: the one of 30 minutes ago is the last of them.
      expect(Math.round((await refusalOf(setAside(1))).retryAfterSeconds / 60)).toBe(30);
      await expect(setAside(1, 1_801)).resolves.toBeDefined();
    });

    it('are those of queries: documents do not count', async () => {
      await used(await setAside(1), 5_000, { kind: 'document_embedding' });
      await used(await setAside(1), 999, { kind: 'query_embedding' });
      await used(await setAside(1), 5_000);
      await refusalOf(setAside(1));
    });

    it('are each tenant its own', async () => {
      await used(await setAside(1), LIMIT);
      tenant = await database.aTenant();
      await expect(setAside(1)).resolves.toBeDefined();
    });

    it('admit exactly what fits of a crowd', async () => {
      const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => setAside(100)));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    });

    it('need no room in the quota for a query that costs nothing', async () => {
      await post(aReservation(0), aLine(5_000)); // over the month's budget
      await expect(setAside(1)).resolves.toBeDefined();
      await expect(reserve(aReservation(1))).rejects.toBeInstanceOf(QuotaExceeded);
    });
  });
});

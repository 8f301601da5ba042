import { setTimeout as wait } from 'node:timers/promises';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { Connections } from '@aegis/infrastructure/persistence/connections';
import { TenantDatabase } from '@aegis/infrastructure/persistence/tenant-database';
import type { TenantContextSigner } from '@aegis/infrastructure/persistence/tenant-context-signer';
import type { EntityManager } from 'typeorm';
import type { Check, CheckResult, Finding, Target } from '../check';
import { watchReleases, type Releases } from './pool/watch-releases';
import { ThrowawayTenant } from './throwaway-tenant';

export interface StormOptions {
  readonly durationMs: number;
  readonly tenants: number;
  /** Units of work at once, on a pool of three. */
  readonly concurrent: number;
  /** A backend of the pool is ended this often; null on the embedded engine, which has only one. */
  readonly killEveryMs: number | null;
}

const POOL_SIZE = 3;

/** POOL-1: the tenant of a transaction ends with it, whatever ends it. */
export const poolStormWith = (options: StormOptions): Check => ({
  name: 'pool-storm',
  claim: `${options.concurrent} units of work of ${options.tenants} tenants at once on ${POOL_SIZE} connections, abandoned, failing around their commit and losing their backends, never see another's row; no connection is lent again with a tenant or an open transaction.`,
  cannotRun: ({ database }) => (database === null ? 'needs DATABASE_URL' : database.sign === null ? 'needs AEGIS_SECRET_KEY' : null),
  run: (target) => storm(target, options),
});

export const poolStorm = poolStormWith({ durationMs: 60_000, tenants: 50, concurrent: 400, killEveryMs: 500 });

class Tally {
  completed = 0;
  failedOnPurpose = 0;
  cutOff = 0;
  backendsEnded = 0;
  readonly findings: Finding[] = [];
}

async function storm(target: Target, options: StormOptions): Promise<CheckResult> {
  const { database } = target;
  const sign = database?.sign ?? null;
  if (database === null || sign === null) throw new Error('no database');
  const connections = await openPool(database.runtimeUrl);
  const tenants: ThrowawayTenant[] = [];
  try {
    while (tenants.length < options.tenants) tenants.push(await ThrowawayTenant.create(target));
    const signer = { sign: (tenantId: string) => sign(tenantId) } as unknown as TenantContextSigner; // only that is called
    const releases = watchReleases(connections, database.runtime);
    const tally = new Tally();
    await rage(new TenantDatabase(connections, signer), tenants, releases, tally, options);
    return {
      cases: tally.completed,
      findings: [...tally.findings, ...releases.findings],
      figures: {
        ...{ connections: POOL_SIZE, tenants: tenants.length, units_at_once: options.concurrent, seconds: options.durationMs / 1_000 },
        ...{ completed: tally.completed, failed_on_purpose: tally.failedOnPurpose, cut_off: tally.cutOff },
        ...{ backends_ended: tally.backendsEnded, connections_looked_at_when_lent: releases.count() },
      },
    };
  } finally {
    for (const tenant of tenants) await tenant.remove();
    await connections.close();
  }
}

/** As the product opens it, every role by the one login that is known here. */
const openPool = (url: string): Promise<Connections> =>
  Connections.open({
    urls: url.startsWith('socket:') ? { embedded: url } : { app_runtime: url, app_admin: url, app_eraser: url, app_dispatch: url },
    poolSize: POOL_SIZE,
  });

async function rage(
  database: TenantDatabase,
  tenants: readonly ThrowawayTenant[],
  releases: Releases,
  tally: Tally,
  { durationMs, concurrent, killEveryMs }: StormOptions,
): Promise<void> {
  const until = Date.now() + durationMs;
  const worker = async (number: number): Promise<void> => {
    for (let turn = 0; Date.now() < until; turn++) {
      const tenant = tenants[(number * 7 + turn) % tenants.length];
      if (tenant !== undefined) await unit(database, tenant, turn + number, tally);
    }
  };
  const killer = async (): Promise<void> => {
    while (killEveryMs !== null && Date.now() + killEveryMs < until) {
      await wait(killEveryMs);
      if (await releases.endOneBackend()) tally.backendsEnded += 1;
    }
  };
  await Promise.all([killer(), ...Array.from({ length: concurrent }, (_, number) => worker(number))]);
}

class OnPurpose extends Error {}

/** Reads what the tenant sees, twice, with whatever may come between; the third of them that writes is never committed. */
async function unit(database: TenantDatabase, tenant: ThrowawayTenant, turn: number, tally: Tally): Promise<void> {
  try {
    await database.transaction(TenantId.parse(tenant.id), async (manager) => {
      await look(manager, tenant, tally);
      switch (turn % 6) {
        case 1:
          throw new OnPurpose();
        case 2:
          await manager.query('UPDATE tenant_stats SET corpus_epoch = corpus_epoch');
          throw new OnPurpose();
        case 3:
          await manager.query('SELECT 1 / 0');
          break;
        case 4:
          await Promise.race([manager.query('SELECT pg_sleep(0.02)'), wait(5)]); // abandoned: the next statement waits behind it
          break;
        case 5:
          await manager.query(`SET LOCAL statement_timeout = '3ms'`);
          await manager.query('SELECT pg_sleep(0.05)');
          break;
      }
      await look(manager, tenant, tally);
    });
    tally.completed += 1;
  } catch (error) {
    if (error instanceof OnPurpose || ['22012', '57014'].includes(String(Reflect.get(Object(error), 'code')))) tally.failedOnPurpose += 1;
    else tally.cutOff += 1;
    tally.completed += 1;
  }
}

async function look(manager: EntityManager, tenant: ThrowawayTenant, tally: Tally): Promise<void> {
  const rows = await manager.query<{ id: string; name: string }[]>('SELECT id, name FROM tenants');
  const foreign = rows.filter(({ id, name }) => id !== tenant.id || !name.includes(tenant.canary));
  if (foreign.length > 0)
    tally.findings.push({ what: 'rows of another tenant', detail: `${foreign.length} in a unit of work of ${tenant.id}` });
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Asked once for every table of every statement: planning its two look-ups anew took three quarters of its time. */
export class VerifiedTenantPlans20261122200000 implements MigrationInterface {
  readonly name = 'VerifiedTenantPlans20261122200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL ROLE app_auth');
    await runner.query('ALTER FUNCTION sec.verified_tenant() SET plan_cache_mode = force_generic_plan');
    await runner.query('SET LOCAL ROLE app_owner');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}

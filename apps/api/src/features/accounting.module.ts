import { Module } from '@nestjs/common';
import { HealthController } from '@aegis/presentation/health/health.controller';
import { AdminUsageController } from '@aegis/presentation/usage/admin-usage.controller';
import { UsageController } from '@aegis/presentation/usage/usage.controller';

/** Reads: what was spent, how the system feels. */
@Module({ controllers: [UsageController, AdminUsageController, HealthController] })
export class AccountingModule {}

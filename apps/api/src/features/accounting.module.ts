import { Module } from '@nestjs/common';
import { AuditController } from '@aegis/presentation/audit/audit.controller';
import { HealthController } from '@aegis/presentation/health/health.controller';
import { AdminUsageController } from '@aegis/presentation/usage/admin-usage.controller';
import { UsageController } from '@aegis/presentation/usage/usage.controller';

/** Reads: what was spent, what happened, how the system feels. */
@Module({ controllers: [UsageController, AdminUsageController, AuditController, HealthController] })
export class AccountingModule {}

import { Module } from '@nestjs/common';
import { QueryAccounting } from '@aegis/application/answering/query-accounting';
import { ReplayQuery } from '@aegis/application/audit/replay-query';
import { ReplayReader } from '@aegis/application/audit/replay-reader';
import { EvidenceReader } from '@aegis/application/retrieval/evidence-reader';
import { Clock } from '@aegis/application/shared/clock';
import { TenantReader } from '@aegis/application/tenants/tenant-reader';
import { UnitOfWork } from '@aegis/application/unit-of-work';
import { provide } from '@aegis/infrastructure/wiring/provide';
import { AuditController } from '@aegis/presentation/audit/audit.controller';
import { AnsweringModule } from './answering.module';

/** What happened, and whether it would happen again. */
@Module({
  imports: [AnsweringModule],
  controllers: [AuditController],
  providers: [provide(ReplayQuery, [ReplayReader, EvidenceReader, QueryAccounting, TenantReader, UnitOfWork, Clock])],
})
export class AuditModule {}

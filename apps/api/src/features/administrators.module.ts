import { Module } from '@nestjs/common';
import { AdminTokenIssuer } from '@aegis/application/administrators/admin-token-issuer';
import { AdministratorRegister } from '@aegis/application/administrators/administrator-register';
import { AppointAdministrator } from '@aegis/application/administrators/appoint-administrator';
import { IssueAdminToken } from '@aegis/application/administrators/issue-admin-token';
import { RevokeAdministrator } from '@aegis/application/administrators/revoke-administrator';
import { Clock } from '@aegis/application/shared/clock';
import { IdGenerator } from '@aegis/application/shared/id-generator';
import { TenantReader } from '@aegis/application/tenants/tenant-reader';
import { provide } from '@aegis/infrastructure/wiring/provide';
import { AdminAuthController } from '@aegis/presentation/administrators/admin-auth.controller';
import { AdministratorsController } from '@aegis/presentation/administrators/administrators.controller';
import { AdminAuditController } from '@aegis/presentation/audit/admin-audit.controller';

/** Who administers, by which token, and what they did. */
@Module({
  controllers: [AdminAuthController, AdministratorsController, AdminAuditController],
  providers: [
    provide(IssueAdminToken, [AdminTokenIssuer, TenantReader]),
    provide(AppointAdministrator, [AdministratorRegister, TenantReader, IdGenerator, Clock]),
    provide(RevokeAdministrator, [AdministratorRegister, Clock]),
  ],
})
export class AdministratorsModule {}

import { Module } from '@nestjs/common';
import { AdminTokenIssuer } from '@aegis/application/administrators/admin-token-issuer';
import { AdministratorRegister } from '@aegis/application/administrators/administrator-register';
import { AppointAdministrator } from '@aegis/application/administrators/appoint-administrator';
import { IssueAdminToken } from '@aegis/application/administrators/issue-admin-token';
import { RevokeAdministrator } from '@aegis/application/administrators/revoke-administrator';
import { TrustedIssuer } from '@aegis/application/administrators/trusted-issuer';
import { Clock } from '@aegis/application/shared/clock';
import { IdGenerator } from '@aegis/application/shared/id-generator';
import { TenantReader } from '@aegis/application/tenants/tenant-reader';
import { Platform } from '@aegis/infrastructure/wiring/platform';
import { provide } from '@aegis/infrastructure/wiring/provide';
import { AdminAuthController } from '@aegis/presentation/administrators/admin-auth.controller';
import { AdministratorsController } from '@aegis/presentation/administrators/administrators.controller';
import { AdminAuditController } from '@aegis/presentation/audit/admin-audit.controller';

/** Who administers, by which token, and what they did. */
@Module({
  controllers: [AdminAuthController, AdministratorsController, AdminAuditController],
  providers: [
    provide(IssueAdminToken, [AdminTokenIssuer, TenantReader]),
    {
      provide: TrustedIssuer,
      inject: [Platform],
      useFactory: ({ settings: { oidc } }: Platform) => new TrustedIssuer(oidc?.issuer ?? null),
    },
    provide(AppointAdministrator, [AdministratorRegister, TenantReader, TrustedIssuer, IdGenerator, Clock]),
    provide(RevokeAdministrator, [AdministratorRegister, Clock]),
  ],
})
export class AdministratorsModule {}

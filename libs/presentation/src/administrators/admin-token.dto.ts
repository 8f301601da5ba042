import type { IssuedAdminToken } from '@aegis/application/administrators/admin-token-issuer';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Nullable, Text } from '../http/fields';

export class AdminTokenRequestBody {
  /** The tenant whose administrator the token is for; without it, the platform's. */
  @ApiPropertyOptional({ type: String, format: 'uuid', nullable: true, example: '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11' })
  @Nullable()
  @Text({ min: 1, max: 100 })
  readonly tenant_id?: string | null;

  toTenantId(): TenantId | null {
    return this.tenant_id === undefined || this.tenant_id === null ? null : TenantId.parse(this.tenant_id);
  }
}

export class AdminTokenBody {
  /** Put it into the Authorization header in the place of the bootstrap key. */
  @ApiProperty({ type: String, example: 'eyJhbGciOiJFZERTQSIs…' })
  readonly access_token!: string;

  @ApiProperty({ enum: ['Bearer'], example: 'Bearer' })
  readonly token_type!: 'Bearer';

  /** Seconds. */
  @ApiProperty({ type: 'integer', example: 900 })
  readonly expires_in!: number;

  static from({ token, expiresInSeconds }: IssuedAdminToken): AdminTokenBody {
    return { access_token: token, token_type: 'Bearer', expires_in: expiresInSeconds };
  }
}

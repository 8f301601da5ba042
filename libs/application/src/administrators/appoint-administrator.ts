import { AdministratorId } from '@aegis/domain/administrators/administrator-id';
import { Appointment, type AppointmentProps } from '@aegis/domain/administrators/appointment';
import { NotFound } from '@aegis/domain/shared/not-found';
import { ValidationFailed } from '@aegis/domain/shared/validation-failed';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { AdminCall } from '../shared/administrator';
import { unkeyed, type Completion } from '../shared/completion';
import type { Clock } from '../shared/clock';
import type { IdGenerator } from '../shared/id-generator';
import type { TenantReader } from '../tenants/tenant-reader';
import type { AdministratorRegister } from './administrator-register';
import type { TrustedIssuer } from './trusted-issuer';

export interface AppointAdministratorInput {
  readonly issuer: string;
  readonly subject: string;
  /** Null: the platform's administrator. */
  readonly tenantId: TenantId | null;
}

/**
 * Makes a person an administrator. Throws AlreadyAppointed, NotFound for a tenant that does not exist, and ValidationFailed for an issuer
 * whose tokens nobody could come in with. Where no identity provider is configured yet, appointments are made for the one to come.
 */
export class AppointAdministrator {
  constructor(
    private readonly register: AdministratorRegister,
    private readonly tenants: TenantReader,
    private readonly trusted: TrustedIssuer,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  async execute(
    call: AdminCall,
    input: AppointAdministratorInput,
    complete: Completion<AppointmentProps> = unkeyed,
  ): Promise<AppointmentProps> {
    if (this.trusted.issuer !== null && input.issuer !== this.trusted.issuer) throw otherIssuer(this.trusted.issuer);
    if (input.tenantId !== null && (await this.tenants.find(input.tenantId)) === null) throw new NotFound('tenant');
    const id = AdministratorId.parse(this.ids.next());
    const appointment = Appointment.appoint({ id, ...input }, call.administrator.actor, this.clock.now());
    const appointed = appointment.toSnapshot();
    await this.register.run(async (tx) => {
      await tx.appointments.add(appointment);
      await complete(tx, appointed);
    }, call);
    return appointed;
  }
}

const otherIssuer = (trusted: string): ValidationFailed =>
  new ValidationFailed([{ pointer: '/issuer', code: 'not_allowed', message: `must be one of ${trusted}` }]);

import { Aggregate } from '../shared/aggregate';
import type { Actor } from '../shared/domain-event';
import type { TenantId } from '../tenants/tenant-id';
import type { AdministratorEvent } from './administrator-events';
import type { AdministratorId } from './administrator-id';

export interface AppointmentProps {
  readonly id: AdministratorId;
  /** Who vouches for the person, and by what name: `iss` and `sub` of their tokens. */
  readonly issuer: string;
  readonly subject: string;
  /** Whose administrator they are; null: the platform's. */
  readonly tenantId: TenantId | null;
  readonly appointedAt: Date;
  readonly revokedAt: Date | null;
}

/** What makes a person an administrator: no claim of a token does. */
export class Appointment extends Aggregate<AdministratorEvent> {
  private constructor(private props: AppointmentProps) {
    super();
  }

  static appoint(input: Omit<AppointmentProps, 'appointedAt' | 'revokedAt'>, actor: Actor, at: Date): Appointment {
    const appointment = new Appointment({ ...input, appointedAt: at, revokedAt: null });
    const { id: administratorId, tenantId, issuer, subject } = input;
    appointment.record({ type: 'administrator.appointed', occurredAt: at, actor, administratorId, tenantId, issuer, subject });
    return appointment;
  }

  static fromSnapshot(props: AppointmentProps): Appointment {
    return new Appointment(props);
  }

  toSnapshot(): AppointmentProps {
    return this.props;
  }

  /** Revoking twice is no error and leaves the first moment. */
  revoke(actor: Actor, at: Date): void {
    if (this.props.revokedAt !== null) return;
    this.props = { ...this.props, revokedAt: at };
    this.record({ type: 'administrator.revoked', occurredAt: at, actor, administratorId: this.props.id, tenantId: this.props.tenantId });
  }
}

import type { AdministratorId } from '@aegis/domain/administrators/administrator-id';
import type { Appointment } from '@aegis/domain/administrators/appointment';
import type { AdminCall } from '../shared/administrator';
import type { IdempotencyRepository } from '../shared/idempotency-repository';

export interface AppointmentRepository {
  /** Throws AlreadyAppointed. */
  add(appointment: Appointment): Promise<void>;
  update(appointment: Appointment): Promise<void>;
  /** Nobody else changes it until the transaction ends. */
  find(id: AdministratorId): Promise<Appointment | null>;
}

/** Appointments, and the idempotency keys of administrators, in one transaction. */
export interface AdministratorTransaction {
  readonly appointments: AppointmentRepository;
  readonly idempotency: IdempotencyRepository;
}

/** Who is an administrator. A change and the audit entry of its call are one transaction. */
export abstract class AdministratorRegister {
  abstract run<T>(work: (tx: AdministratorTransaction) => Promise<T>, call: AdminCall): Promise<T>;
}

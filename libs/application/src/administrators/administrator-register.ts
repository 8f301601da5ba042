import type { AdministratorId } from '@aegis/domain/administrators/administrator-id';
import type { Appointment } from '@aegis/domain/administrators/appointment';
import type { AdminCall } from '../shared/administrator';

/** Appointments in one transaction. */
export interface AppointmentRepository {
  /** Throws AlreadyAppointed. */
  add(appointment: Appointment): Promise<void>;
  update(appointment: Appointment): Promise<void>;
  /** Nobody else changes it until the transaction ends. */
  find(id: AdministratorId): Promise<Appointment | null>;
}

/** Who is an administrator. A change and the audit entry of its call are one transaction. */
export abstract class AdministratorRegister {
  abstract run<T>(work: (appointments: AppointmentRepository) => Promise<T>, call: AdminCall): Promise<T>;
}

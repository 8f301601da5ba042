import type { AppointmentProps } from '@aegis/domain/administrators/appointment';
import type { Page, PageRequest } from '../shared/page';

export abstract class AdministratorReader {
  /** Newest first; those that were revoked too. */
  abstract list(page: PageRequest): Promise<Page<AppointmentProps>>;
}

import type { AdministratorId } from '@aegis/domain/administrators/administrator-id';
import { NotFound } from '@aegis/domain/shared/not-found';
import type { AdminCall } from '../shared/administrator';
import type { Clock } from '../shared/clock';
import type { AdministratorRegister } from './administrator-register';

/** Takes a person's role away, in every process within 5 seconds. */
export class RevokeAdministrator {
  constructor(
    private readonly register: AdministratorRegister,
    private readonly clock: Clock,
  ) {}

  async execute(call: AdminCall, id: AdministratorId): Promise<void> {
    await this.register.run(async ({ appointments }) => {
      const appointment = await appointments.find(id);
      if (appointment === null) throw new NotFound('administrator');
      appointment.revoke(call.administrator.actor, this.clock.now());
      await appointments.update(appointment);
    }, call);
  }
}

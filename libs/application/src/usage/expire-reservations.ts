import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { nothingOfTheDeleted } from '../shared/nothing-of-the-deleted';
import type { UnitOfWork } from '../unit-of-work';

const BATCH = 100;

/** Which reservations nobody settled in time: their holder died. */
export abstract class ReservationDispatch {
  abstract expired(limit: number): Promise<readonly { readonly tenantId: TenantId; readonly id: string }[]>;
}

/** Gives the money of dead requests back; what a stream had produced by then is booked. */
export class ExpireReservations {
  constructor(
    private readonly reservations: ReservationDispatch,
    private readonly uow: UnitOfWork,
  ) {}

  async execute(): Promise<void> {
    for (const { tenantId, id } of await this.reservations.expired(BATCH)) {
      await this.uow.run(tenantId, (tx) => tx.usage.expire(id)).catch(nothingOfTheDeleted);
    }
  }
}

import type { Caller } from '@aegis/application/shared/caller';
import type { KeyStanding, Standing } from '@aegis/application/shared/key-standing';
import { TenantSuspended, Unauthenticated } from '@aegis/domain/shared/access-errors';
import { groupBy } from '@aegis/domain/shared/group-by';

const CHECK_MS = 1_500;

/** Ends the streams of keys that were revoked or have ended, and of tenants that were suspended, after they had been opened. */
export class StreamWatch {
  private readonly followed = new Map<AbortController, Caller>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly standing: KeyStanding,
    private readonly checkMs = CHECK_MS,
  ) {}

  /** Until the returned function is called, `controller` is aborted with the error that a new request of the caller would be answered with. */
  follow(caller: Caller, controller: AbortController): () => void {
    this.followed.set(controller, caller);
    this.schedule();
    return () => this.followed.delete(controller);
  }

  private schedule(): void {
    if (this.followed.size > 0) this.timer ??= setTimeout(() => void this.check(), this.checkMs).unref();
  }

  private async check(): Promise<void> {
    for (const [tenantId, callers] of groupBy(this.followed.values(), (caller) => caller.tenantId)) {
      const keyIds = [...new Set(callers.map(({ keyId }) => keyId))];
      // A database that cannot be asked revokes nothing: what is open goes on, and is asked about again.
      const standings = await this.standing.of(tenantId, keyIds).catch(() => null);
      if (standings === null) continue;
      for (const [controller, caller] of this.followed) {
        if (caller.tenantId === tenantId) end(controller, standings.get(caller.keyId) ?? 'good'); // opened meanwhile: its turn comes
      }
    }
    this.timer = null;
    this.schedule();
  }
}

function end(controller: AbortController, standing: Standing): void {
  if (standing !== 'good') controller.abort(standing === 'suspended' ? new TenantSuspended() : new Unauthenticated());
}

import type { Caller } from '@aegis/application/shared/caller';
import type { KeyStanding, Standing } from '@aegis/application/shared/key-standing';
import { TenantSuspended, Unauthenticated } from '@aegis/domain/shared/access-errors';

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
    const keys = new Map([...this.followed.values()].map((caller) => [caller.keyId, caller]));
    // A database that cannot be asked revokes nothing: what is open goes on, and is asked about again.
    const standings = await this.standing.of([...keys.values()]).catch(() => null);
    for (const [controller, { keyId }] of this.followed) end(controller, standings?.get(keyId) ?? 'good'); // opened meanwhile: its turn comes
    this.timer = null;
    this.schedule();
  }
}

function end(controller: AbortController, standing: Standing): void {
  if (standing !== 'good') controller.abort(standing === 'suspended' ? new TenantSuspended() : new Unauthenticated());
}

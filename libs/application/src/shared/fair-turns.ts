import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { Overloaded } from '@aegis/domain/shared/overloaded';

export interface TurnBounds<Kind extends string> {
  /** Turns at once, all tenants together. */
  readonly places: number;
  /** Turns of one tenant at once. */
  readonly perTenant: Readonly<Record<Kind, number>>;
  /** Whoever was there within so many milliseconds shares `perTenant` with the others, one turn at least; null: each has all of it. */
  readonly sharedWithinMs: number | null;
  /** Who may wait at once, all tenants together. */
  readonly waiting: number;
  /** The longest that anybody waits, in milliseconds; null: until the caller leaves. Who stands last in a full room waits half as long. */
  readonly patienceMs: number | null;
}

interface Waiter<Kind> {
  readonly kind: Kind;
  readonly start: () => void;
  readonly refuse: () => void;
}

interface Line<Kind extends string> {
  readonly running: Record<Kind, number>;
  waiting: Waiter<Kind>[];
  /** Number of the turn after which it stands in line: the lowest is next. */
  after: number;
}

/**
 * Work that only so many may do at once. Tenants take turns, whoever came first within a tenant goes first. A crowd of one tenant fills
 * neither the places nor the waiting room of the others: where the room is full, the newest of the longest line has to leave.
 */
export class FairTurns<Kind extends string> {
  /** Only tenants that run or wait. */
  private readonly lines = new Map<TenantId, Line<Kind>>();
  /** Monotonic milliseconds at which a tenant came or had a turn; who was here last stands last. Kept where places are shared. */
  private readonly lastHere = new Map<TenantId, number>();
  private turnsGiven = 0;
  private runningCount = 0;
  private waitingCount = 0;

  /** `changed` is told how many run and wait. */
  constructor(
    private readonly bounds: TurnBounds<Kind>,
    private readonly changed: (running: number, waiting: number) => void = () => undefined,
  ) {}

  /** Resolves to what ends the turn; calling it again does nothing. Throws Overloaded, or the signal's reason when the caller leaves (null: never). */
  async take(tenantId: TenantId, kind: Kind, signal: AbortSignal | null): Promise<() => void> {
    signal?.throwIfAborted();
    const line = this.lineOf(tenantId);
    this.noteHere(tenantId);
    await new Promise<void>((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const leave = (reason: unknown) => {
        this.remove(tenantId, waiter);
        settle();
        reject(reason instanceof Error ? reason : new Error('the caller left', { cause: reason }));
      };
      const left = () => leave(signal?.reason);
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', left);
      };
      const waiter: Waiter<Kind> = {
        kind,
        start: () => {
          settle();
          resolve();
        },
        refuse: () => leave(new Overloaded()),
      };
      line.waiting.push(waiter);
      this.waitingCount += 1;
      this.serve();
      if (!line.waiting.includes(waiter)) return;
      if (this.bounds.patienceMs !== null) timer = setTimeout(waiter.refuse, this.patienceMs(this.bounds.patienceMs, line));
      signal?.addEventListener('abort', left, { once: true });
      if (this.waitingCount > this.bounds.waiting) this.newestOfLongestLine()?.refuse();
    });
    return this.ending(tenantId, line, kind);
  }

  async run<T>(tenantId: TenantId, kind: Kind, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const end = await this.take(tenantId, kind, signal);
    try {
      return await work();
    } finally {
      end();
    }
  }

  private ending(tenantId: TenantId, line: Line<Kind>, kind: Kind): () => void {
    let hasEnded = false;
    return () => {
      if (hasEnded) return;
      hasEnded = true;
      line.running[kind] -= 1;
      this.runningCount -= 1;
      this.forgetIfIdle(tenantId, line);
      this.serve();
    };
  }

  private serve(): void {
    while (this.runningCount < this.bounds.places && this.startNext());
    this.changed(this.runningCount, this.waitingCount);
  }

  private startNext(): boolean {
    const tenants = this.tenantsHere();
    let next: { readonly tenantId: TenantId; readonly line: Line<Kind>; readonly waiter: Waiter<Kind> } | undefined;
    for (const [tenantId, line] of this.lines) {
      if (next !== undefined && next.line.after <= line.after) continue;
      const waiter = line.waiting.find(({ kind }) => line.running[kind] < Math.max(1, Math.floor(this.bounds.perTenant[kind] / tenants)));
      if (waiter !== undefined) next = { tenantId, line, waiter };
    }
    if (next === undefined) return false;
    const { tenantId, line, waiter } = next;
    this.noteHere(tenantId);
    line.waiting = line.waiting.filter((each) => each !== waiter);
    line.running[waiter.kind] += 1;
    line.after = this.turnsGiven += 1;
    this.waitingCount -= 1;
    this.runningCount += 1;
    waiter.start();
    return true;
  }

  private noteHere(tenantId: TenantId): void {
    if (this.bounds.sharedWithinMs === null) return;
    this.lastHere.delete(tenantId);
    this.lastHere.set(tenantId, performance.now());
  }

  /** How many tenants share what one may have at once. */
  private tenantsHere(): number {
    if (this.bounds.sharedWithinMs === null) return 1;
    const longAgo = performance.now() - this.bounds.sharedWithinMs;
    for (const [tenantId, at] of this.lastHere) {
      if (at >= longAgo) break;
      this.lastHere.delete(tenantId);
    }
    return Math.max(1, this.lastHere.size);
  }

  /** A crowd that came at one moment does not leave at one: each answer is work for the thread that serves everybody. */
  private patienceMs(longestMs: number, { waiting }: Line<Kind>): number {
    return longestMs * (1 - Math.min(1, waiting.length / this.bounds.waiting) / 2);
  }

  private newestOfLongestLine(): Waiter<Kind> | undefined {
    let longest: Waiter<Kind>[] = [];
    for (const { waiting } of this.lines.values()) if (waiting.length >= longest.length) longest = waiting;
    return longest.at(-1);
  }

  private remove(tenantId: TenantId, waiter: Waiter<Kind>): void {
    const line = this.lineOf(tenantId);
    const before = line.waiting.length;
    line.waiting = line.waiting.filter((each) => each !== waiter);
    this.waitingCount -= before - line.waiting.length;
    this.forgetIfIdle(tenantId, line);
    this.changed(this.runningCount, this.waitingCount);
  }

  private lineOf(tenantId: TenantId): Line<Kind> {
    const known = this.lines.get(tenantId);
    if (known !== undefined) return known;
    // Behind those who wait already, before the one who had the last turn.
    const kinds = Object.keys(this.bounds.perTenant) as Kind[];
    const line: Line<Kind> = {
      running: Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Kind, number>,
      waiting: [],
      after: this.turnsGiven - 0.5,
    };
    this.lines.set(tenantId, line);
    return line;
  }

  private forgetIfIdle(tenantId: TenantId, line: Line<Kind>): void {
    const isIdle = line.waiting.length === 0 && Object.values<number>(line.running).every((count) => count === 0);
    if (isIdle && this.lines.get(tenantId) === line) this.lines.delete(tenantId);
  }
}

import type { TenantId } from '@aegis/domain/tenants/tenant-id';

export const JOB_KINDS = ['ingest_document', 'erase_document'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** What a ring carries. The tenant is only a hint for opening the transaction: a foreign pair finds no row. */
export interface Bell {
  readonly tenantId: TenantId;
  readonly jobId: string;
  readonly kind: JobKind;
  readonly epoch: number;
  readonly dispatchNo: number;
}

export interface QueueDepth {
  readonly waiting: number;
  readonly running: number;
}

/** Hears nothing more of the kind, aborts what runs and waits for its end; what was rung and not begun is left for the sweep. */
export type StopListening = () => Promise<void>;

/** Wakes a worker, which writes only under its own epoch. A ring may be lost or repeated: a sweep rings again for what is due. */
export abstract class JobQueue {
  abstract ring(bell: Bell): Promise<void>;
  abstract onRing(kind: JobKind, concurrency: number, work: (bell: Bell, signal: AbortSignal) => Promise<void>): Promise<StopListening>;
  abstract depth(): Promise<QueueDepth>;
  /** Throws when rings cannot be passed on now. */
  abstract check(): Promise<void>;
  /** Stops taking rings, waits for running work, aborts what is left after `graceMs`. */
  abstract close(graceMs: number): Promise<void>;
}

/** The trace that the present work belongs to. */
export abstract class TraceContext {
  /** 32 hex digits; null where nothing is traced. */
  abstract traceId(): string | null;
}

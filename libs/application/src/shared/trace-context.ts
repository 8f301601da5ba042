/** The trace that the present work belongs to, as W3C Trace Context means it, whether anybody records it or not. */
export abstract class TraceContext {
  /** 32 hex digits; null outside of every trace. */
  abstract traceId(): string | null;
  /**
   * Does `work`, and whatever comes of it, as a part of the trace that a caller's `traceparent` names; of a new one where it names none, or
   * none that can be read.
   */
  abstract within<Result>(traceparent: string | undefined, work: () => Result): Result;
}

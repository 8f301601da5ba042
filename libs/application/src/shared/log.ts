/**
 * Everything that a log line may say. It is a closed list on purpose: ids, counts, codes and times, never content (no text, query, answer,
 * key, file name or whole error).
 */
export interface LogFields {
  readonly requestId?: string;
  /** Needs to be given only where work ends outside of the trace that it began in: adapters know the present one. */
  readonly traceId?: string;
  readonly method?: string;
  /** Template, never the path that was asked for. */
  readonly route?: string;
  readonly status?: number;
  readonly durationMs?: number;
  readonly tenantId?: string;
  readonly keyId?: string;
  readonly documentId?: string;
  readonly queryId?: string;
  readonly jobId?: string;
  readonly attempt?: number;
  readonly stage?: string;
  readonly code?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly count?: number;
  readonly sizeBytes?: number;
  readonly detail?: string;
  /** Only its kind and place are written down: an adapter never prints the message of an error that may carry content. */
  readonly cause?: unknown;
}

/** Events with fields. `error`: a person must act now; what heals itself is `warn`. */
export abstract class Log {
  abstract info(fields: LogFields, message: string): void;
  abstract warn(fields: LogFields, message: string): void;
  abstract error(fields: LogFields, message: string): void;
}

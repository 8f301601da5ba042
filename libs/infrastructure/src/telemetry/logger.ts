import { Log, type LogFields } from '@aegis/application/shared/log';
import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { describeCause } from './describe-cause';
import { currentTraceId } from './otel-trace-context';

export interface LoggerConfig {
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** Where lines go; standard output when it is not given. */
  readonly destination?: DestinationStream;
  /** Of the process: `api`, `worker`. */
  readonly name: string;
}

/** The names that a line may carry, once more at run time: what the compiler cannot see must not slip through. */
const ALLOWED: { readonly [Field in keyof LogFields]-?: true } = {
  requestId: true,
  traceId: true,
  method: true,
  route: true,
  status: true,
  durationMs: true,
  tenantId: true,
  keyId: true,
  documentId: true,
  queryId: true,
  jobId: true,
  attempt: true,
  stage: true,
  code: true,
  provider: true,
  model: true,
  count: true,
  sizeBytes: true,
  detail: true,
  cause: true,
};
const KEY_TEXT = /\bag_(live|test)_[0-9A-Za-z]+/g;

/** One JSON line an event. */
export class PinoLog extends Log {
  private readonly logger: Logger;

  constructor({ level, destination, name }: LoggerConfig) {
    super();
    const options: LoggerOptions = {
      level,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // What a line says itself goes before.
      mixin: ofThisTrace,
    };
    this.logger = destination === undefined ? pino(options) : pino(options, destination);
  }

  info(fields: LogFields, message: string): void {
    this.logger.info(allowed(fields), message);
  }

  warn(fields: LogFields, message: string): void {
    this.logger.warn(allowed(fields), message);
  }

  error(fields: LogFields, message: string): void {
    this.logger.error(allowed(fields), message);
  }
}

function allowed({ cause, ...fields }: LogFields): Record<string, unknown> {
  const known = Object.entries<unknown>(fields).filter(([name, value]) => name in ALLOWED && value !== undefined);
  const clean = known.map(
    ([name, value]) => [name, typeof value === 'string' ? value.replace(KEY_TEXT, 'ag_[hidden]').slice(0, 500) : value] as const,
  );
  return { ...Object.fromEntries(clean), ...(cause === undefined ? {} : describeCause(cause)) };
}

function ofThisTrace(): { readonly traceId?: string } {
  const traceId = currentTraceId();
  return traceId === null ? {} : { traceId };
}

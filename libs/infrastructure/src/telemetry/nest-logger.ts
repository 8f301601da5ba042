import type { Log } from '@aegis/application/shared/log';
import type { LoggerService } from '@nestjs/common';

/** Nest's own messages go the way of every other line; its start-up chatter is dropped. */
export class NestLogger implements LoggerService {
  constructor(private readonly sink: Log) {}

  log(): void {
    // "Mapped {/v1/query} route" and the like: nothing an operator acts on.
  }

  warn(message: unknown): void {
    this.sink.warn({ detail: textOf(message) }, 'framework warning');
  }

  error(message: unknown): void {
    if (message instanceof Error) this.sink.error({ cause: message }, 'framework error');
    else this.sink.error({ detail: textOf(message) }, 'framework error');
  }

  fatal(message: unknown): void {
    this.error(message);
  }
}

const textOf = (message: unknown): string => (typeof message === 'string' ? message : typeof message);

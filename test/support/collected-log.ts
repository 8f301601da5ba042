import { Log, type LogFields } from '@aegis/application/shared/log';

/** Log lines as they were given, by level. */
export class CollectedLog extends Log {
  readonly lines: { readonly level: 'info' | 'warn' | 'error'; readonly message: string; readonly fields: LogFields }[] = [];

  info(fields: LogFields, message: string): void {
    this.lines.push({ level: 'info', message, fields });
  }

  warn(fields: LogFields, message: string): void {
    this.lines.push({ level: 'warn', message, fields });
  }

  error(fields: LogFields, message: string): void {
    this.lines.push({ level: 'error', message, fields });
  }
}

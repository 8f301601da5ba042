import { DomainError } from '@aegis/domain/shared/domain-error';

/** The database cannot be asked now; it heals itself, and so does the pool. */
export class DatabaseUnavailable extends DomainError {
  readonly code = 'overloaded';
  readonly kind = 'unavailable';
  constructor(options: { cause: unknown }) {
    super('the database gives no answer', options);
  }
}

/**
 * Of the operating system, and of PostgreSQL: connection exceptions (08), too many connections, idle for too long in a transaction, a lock that
 * somebody else keeps, shut down, starting up.
 */
const CODES = /^(?:ECONN\w+|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|08\w{3}|53300|25P03|55P03|57P0[123])$/;
/** pg gives these no code. */
const MESSAGES = /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** The same error, or DatabaseUnavailable where the connection or others' work, and not the statement, is at fault. */
export function asUnavailable(error: unknown): unknown {
  // By its shape: an error that Node's own network code made is no Error of this realm where a test runner has a realm of its own.
  if (typeof error !== 'object' || error === null) return error;
  const code = 'code' in error ? String(error.code) : '';
  const message = 'message' in error ? String(error.message) : '';
  return CODES.test(code) || MESSAGES.test(message) ? new DatabaseUnavailable({ cause: error }) : error;
}

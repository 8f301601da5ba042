import { escapeLiteral } from 'pg';

/**
 * A statement with its `$1` written into it, for use outside a transaction: the sessions of the embedded engine share one place for a
 * statement that has parameters, and another's may take it between two messages.
 */
export const about = (sql: string, value: string): string => sql.replaceAll('$1', escapeLiteral(value));

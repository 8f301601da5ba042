/** PostgreSQL's 23505. The error's own text carries values of the row and is never shown or logged. */
export const isUniqueViolation = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === '23505';

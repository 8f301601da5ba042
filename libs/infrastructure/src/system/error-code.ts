/** The code of a system or driver error, '' for anything without one. By shape: an error of another realm (Jest's sandbox) is no instance of our Error. */
export const errorCode = (error: unknown): string => textOf(error, 'code');

/** Which system call failed, e.g. `listen`. */
export const errorSyscall = (error: unknown): string => textOf(error, 'syscall');

export const errorName = (error: unknown): string => textOf(error, 'name');

export const errorMessage = (error: unknown): string => textOf(error, 'message');

function textOf(error: unknown, field: string): string {
  if (typeof error !== 'object' || error === null) return '';
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : '';
}

import { errorCode, errorMessage, errorName, errorSyscall } from '../system/error-code';

/** Ours, and always meant for a person: a setting, a data folder, a model or a database that is not as it must be. */
const OURS = ['ConfigurationError', 'DataFolderInUse', 'ModelNotUsable', 'UnsafeDatabase'];
const LOGIN_REFUSED = ['28000', '28P01'];
const NO_SUCH_DATABASE = '3D000';
const NO_CONNECTION = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'];
const NOT_WRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOSPC'];

/** The exit code of a start that a person must correct, as sysexits has it. */
export const EX_CONFIG = 78;

/** What a person reads when this ended the start and is theirs to correct; null for everything else, which is a bug with a stack. */
export function correctable(error: unknown): string | null {
  const [message, code, syscall] = [errorMessage(error), errorCode(error), errorSyscall(error)];
  if (OURS.includes(errorName(error))) return message;
  if (LOGIN_REFUSED.includes(code)) {
    return `The database refused the login (${message}). Check DATABASE_URL, and that "aegis migrate --bootstrap" ran with the same AEGIS_SECRET_KEY.`;
  }
  if (code === NO_SUCH_DATABASE) return `The database is not there (${message}). Check the end of DATABASE_URL.`;
  if (NO_CONNECTION.includes(code) && ['connect', 'getaddrinfo'].includes(syscall)) {
    return `The database does not answer (${message}). Check DATABASE_URL, and that the server runs.`;
  }
  if (NOT_WRITABLE.includes(code) && ['mkdir', 'open', 'write'].includes(syscall)) {
    return `The data cannot be written (${message}). Check AEGIS_DATA_DIR.`;
  }
  return null;
}

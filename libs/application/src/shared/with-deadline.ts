/**
 * Runs work with a signal that aborts after so many milliseconds, for a TimeoutError. Not `AbortSignal.timeout`: beneath `AbortSignal.any` that
 * one may be collected before its time, and then never fires (nodejs/node#57736), so that work that hangs would hang for ever.
 */
export async function withDeadline<T>(ms: number, work: (late: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new DOMException(`not done within ${ms} ms`, 'TimeoutError')), ms);
  try {
    return await work(late.signal);
  } finally {
    clearTimeout(timer);
  }
}

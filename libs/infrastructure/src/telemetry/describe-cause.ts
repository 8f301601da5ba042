/** What may be written down of an error: its kind, its code, where it came from, and its words only where they cannot be content. */
export interface CauseDescription {
  readonly error: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly stack?: string;
  readonly causedBy?: CauseDescription;
}

/** Messages of these come from the runtime and speak of code, not of data. A SyntaxError quotes what it could not parse. */
const RUNTIME_ERRORS = ['TypeError', 'RangeError', 'ReferenceError', 'AssertionError'];
const MAX_DEPTH = 3;
const MAX_FRAMES = 12;

export function describeCause(cause: unknown, depth = 0): CauseDescription {
  if (!(cause instanceof Error)) return { error: typeof cause };
  const code = 'code' in cause && typeof cause.code === 'string' && /^[\w-]{1,64}$/.test(cause.code) ? cause.code : undefined;
  const speaksOfCode = RUNTIME_ERRORS.includes(cause.name) || 'syscall' in cause;
  const frames = (cause.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return {
    error: cause.name,
    ...(code === undefined ? {} : { errorCode: code }),
    ...(speaksOfCode ? { errorMessage: cause.message.slice(0, 300) } : {}),
    ...(frames.length === 0
      ? {}
      : {
          stack: frames
            .slice(0, MAX_FRAMES)
            .map((line) => line.trim())
            .join('\n'),
        }),
    ...(cause.cause === undefined || depth === MAX_DEPTH ? {} : { causedBy: describeCause(cause.cause, depth + 1) }),
  };
}

import { errorCode, errorMessage } from '@aegis/infrastructure/system/error-code';
import type { ProblemBody } from '@aegis/presentation/http/problem.dto';

/** The server answered, and said no. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }

  /** From the problem document of an error answer; anything else between us and the server has no code. */
  static async from(response: Response): Promise<ApiFailure> {
    const text = await response.text();
    const problem = readProblem(text);
    if (problem === null) return new ApiFailure(response.status, 'unknown', `the server answered ${response.status} without saying why`);
    const fields = (problem.errors ?? []).map(({ pointer, message }) => `\n  ${pointer}: ${message}`).join('');
    return new ApiFailure(response.status, problem.code, `${problem.detail} (${problem.code})${fields}`);
  }
}

/** Nobody answers at the address, or no longer. */
export class ServerNotReached extends Error {
  override readonly name = 'ServerNotReached';
  constructor(url: string, cause: unknown) {
    const reason = reasonOf(cause);
    super(
      reason === 'ECONNREFUSED'
        ? `No AEGIS server answers at ${url}. Start one with "npm start", or give its address with --url.`
        : `The connection to ${url} failed (${reason}).`,
      { cause },
    );
  }
}

/** fetch says no more than "fetch failed": the cause of that has the system's code. */
function reasonOf(error: unknown): string {
  const cause: unknown = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
  return errorCode(cause) || errorMessage(cause) || errorMessage(error);
}

export function readProblem(text: string): ProblemBody | null {
  try {
    const value: unknown = JSON.parse(text);
    const isProblem = typeof value === 'object' && value !== null && 'code' in value && 'detail' in value;
    return isProblem ? (value as ProblemBody) : null;
  } catch {
    return null;
  }
}

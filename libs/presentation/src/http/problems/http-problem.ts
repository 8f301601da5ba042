import type { FieldProblem } from '@aegis/domain/shared/validation-failed';
import { PROBLEM_STATUS, type ProblemCode, type ProblemReason } from './problem-codes';

export interface ProblemOptions {
  /** Another status than the code's own, for the few codes that stand for several. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly reason?: ProblemReason;
  readonly parameters?: Readonly<Record<string, string | number>>;
  readonly errors?: readonly FieldProblem[];
  readonly cause?: unknown;
}

/** An error as a client will see it, before its words are chosen. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly errors: readonly FieldProblem[] | undefined;
  readonly reason: ProblemReason | null;

  constructor(
    readonly code: ProblemCode,
    options: ProblemOptions = {},
  ) {
    super(code, { cause: options.cause });
    this.status = options.status ?? PROBLEM_STATUS[code];
    this.headers = options.headers ?? {};
    this.parameters = options.parameters ?? {};
    this.errors = options.errors;
    this.reason = options.reason ?? null;
  }
}

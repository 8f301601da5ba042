import { correctable, EX_CONFIG } from '@aegis/infrastructure/configuration/correctable';
import { CommanderError } from 'commander';
import { ApiFailure, ServerNotReached } from './http/api-failure';

/** What the process ends with; 64 and up are those of sysexits. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  badData: 65,
  noInput: 66,
  unavailable: 69,
  software: 70,
  tryLater: 75,
  noPermission: 77,
  badConfiguration: EX_CONFIG,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command that cannot go on, with the sentence for the person and the code for the script. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  constructor(
    message: string,
    readonly exitCode: ExitCode = EXIT.failure,
  ) {
    super(message);
  }
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandFailed) return error.exitCode;
  if (error instanceof ApiFailure) return exitCodeOfStatus(error.status);
  if (error instanceof ServerNotReached) return EXIT.unavailable;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  return correctable(error) === null ? EXIT.failure : EXIT.badConfiguration;
}

function exitCodeOfStatus(status: number): ExitCode {
  if (status === 401 || status === 403) return EXIT.noPermission;
  if ([400, 413, 415, 422].includes(status)) return EXIT.badData;
  if (status === 429 || status === 503) return EXIT.tryLater;
  return status >= 500 ? EXIT.software : EXIT.failure;
}

/** One sentence for what is expected to go wrong, the whole stack for what is not. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const expected = error instanceof CommandFailed || error instanceof ApiFailure || error instanceof ServerNotReached;
  return expected ? error.message : (correctable(error) ?? error.stack ?? error.message);
}

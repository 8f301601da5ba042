import type { CliConfig } from '../config';
import type { Terminal } from '../terminal/terminal';

/** What every command has at hand. */
export interface CommandContext {
  readonly config: CliConfig;
  readonly terminal: Terminal;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
}

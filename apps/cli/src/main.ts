import { constants } from 'node:os';
import { CommanderError } from 'commander';
import { processConfig } from './config';
import { describeFailure, EXIT, exitCodeOf } from './exit-codes';
import { createProgram } from './program';
import { Terminal } from './terminal/terminal';

const STOPS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function main(): Promise<number> {
  const stop = new AbortController();
  // npm passes a Ctrl-C on that the terminal has sent already: only the first one counts, so that cleaning up is not cut short.
  for (const name of STOPS) process.on(name, () => stop.abort(name));
  const terminal = new Terminal(process.stdout, process.stderr, processConfig.noColor);
  const program = createProgram({ config: processConfig, terminal, signal: stop.signal });
  try {
    await untilStopped(program.parseAsync(), stop.signal);
    return EXIT.ok;
  } catch (error) {
    if (stop.signal.aborted) return 128 + constants.signals[STOPS.find((name) => name === stop.signal.reason) ?? 'SIGINT'];
    if (!(error instanceof CommanderError)) terminal.note(describeFailure(error)); // commander has said it already
    return exitCodeOf(error);
  }
}

const GRACE_MS = 15_000;

/** A command that hears the signal ends by itself, after it has cleaned up; one that does not is left alone after a while. */
async function untilStopped(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const deadline = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => void setTimeout(() => reject(new Error('stopped')), GRACE_MS).unref(), { once: true });
  });
  await Promise.race([work, deadline]);
}

void main().then((code) => process.exit(code));

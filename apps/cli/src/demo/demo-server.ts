import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailed } from '../exit-codes';

const READY = /^AEGIS ready on (http\S+)$/m;
const POLL_MS = 50;
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 20_000;
const LOG_TAIL_LINES = 15;

/** A server of the embedded profile as a process of its own, on a free port, with a data folder that nobody else has. */
export class DemoServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly folder: string,
    readonly adminKey: string,
  ) {}

  get pid(): number | undefined {
    return this.child.pid;
  }

  get log(): string {
    return join(this.folder, 'server.log');
  }

  /** Not ready yet: see `ready`. Its output goes to a file, so that it can outlive us. */
  static start(entry: string, environment: Readonly<Record<string, string>>): DemoServer {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-demo-'));
    const adminKey = randomBytes(24).toString('base64url');
    const log = openSync(join(folder, 'server.log'), 'a', 0o600);
    const child = spawn(process.execPath, [entry], {
      cwd: folder, // no .env there
      detached: true, // a Ctrl-C reaches us, and we stop it in good order
      stdio: ['ignore', log, log],
      env: {
        ...environment,
        TMPDIR: folder, // what a killed server leaves goes with the folder
        HOST: '127.0.0.1',
        PORT: '0',
        LOG_LEVEL: 'warn',
        AEGIS_PROFILE: 'embedded',
        AEGIS_DATA_DIR: join(folder, 'data'),
        AEGIS_ADMIN_KEY: adminKey,
      },
    });
    closeSync(log);
    return new DemoServer(child, folder, adminKey);
  }

  /** Its address, once it answers. Throws CommandFailed with the end of its log when it does not. */
  async ready(signal: AbortSignal): Promise<string> {
    const deadline = Date.now() + START_LIMIT_MS;
    while (Date.now() < deadline && this.child.exitCode === null && this.child.signalCode === null) {
      const url = READY.exec(this.output())?.[1];
      if (url !== undefined) return url;
      await sleep(POLL_MS, undefined, { signal });
    }
    throw new CommandFailed(`The server did not start:\n${this.logTail()}`);
  }

  logTail(): string {
    return this.output().trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  }

  /** From now on it is on its own. */
  leave(): void {
    this.child.unref();
  }

  /** Ends the process, whatever it takes, and removes the folder. */
  async stop(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      if (this.child.exitCode !== null || this.child.signalCode !== null) resolve();
      else this.child.once('exit', () => resolve());
    });
    this.child.kill('SIGTERM');
    const tooLong = setTimeout(() => this.child.kill('SIGKILL'), STOP_LIMIT_MS);
    await gone;
    clearTimeout(tooLong);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private output(): string {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8') : '';
  }
}

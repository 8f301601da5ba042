import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';
import { freeSteadyPort } from './steady-port';

interface Program {
  readonly path: string;
  readonly libraries: string;
}

/** The machine's own, or the one that scripts/services.sh keeps in its cache. */
function findProgram(): Program | null {
  const installed = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'redis-server'));
  const path = installed.find((each) => existsSync(each));
  if (path !== undefined) return { path, libraries: '' };
  const caches = ['/var/cache/aegis-services', join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'aegis-services')];
  for (const tree of caches.flatMap((cache) => (existsSync(cache) ? readdirSync(cache).map((name) => join(cache, name)) : []))) {
    const unpacked = join(tree, 'usr', 'bin', 'redis-server');
    if (!existsSync(unpacked)) continue;
    const folders = ['usr/lib', 'lib'].map((folder) => join(tree, folder)).filter((folder) => existsSync(folder));
    const libraries = folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('-linux-gnu'))
        .map((name) => join(folder, name)),
    );
    return { path: unpacked, libraries: libraries.join(delimiter) };
  }
  return null;
}

/** Null where this machine has none: tests that need one are skipped, and say so. */
export const redisProgram = findProgram();

/** A Redis of a test's own, which may be stopped, frozen and emptied. */
export class RedisServer {
  private constructor(
    private readonly program: Program,
    private readonly folder: string,
    private readonly port: number,
    private process: ChildProcess,
  ) {}

  static async start(program: Program): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-redis-'));
    const port = await freeSteadyPort();
    const server = new RedisServer(program, folder, port, launch(program, folder, port));
    await server.answers();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async command(name: string, ...args: readonly string[]): Promise<unknown> {
    const client = new Redis(this.url, { maxRetriesPerRequest: 20, retryStrategy: () => 50 });
    client.on('error', () => undefined);
    try {
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  }

  freeze(): void {
    this.process.kill('SIGSTOP');
  }

  thaw(): void {
    this.process.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }

  /** At the same address, and empty. */
  async startAgain(): Promise<void> {
    this.process = launch(this.program, this.folder, this.port);
    await this.answers();
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async answers(): Promise<void> {
    await this.command('PING');
  }
}

function launch({ path, libraries }: Program, folder: string, port: number): ChildProcess {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
  const env = libraries === '' ? process.env : { ...process.env, LD_LIBRARY_PATH: libraries };
  return spawn(path, settings, { stdio: 'ignore', env });
}

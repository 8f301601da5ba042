import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ADMIN_KEY, ROOT } from './aegis';

/** The API as `npm start` runs it: the built program in a process of its own, on the embedded engine. */
export class BuiltServer {
  output = '';
  url = '';

  private constructor(private readonly child: ChildProcess) {}

  static async start(dataFolder: string, environment: Readonly<Record<string, string>> = {}): Promise<BuiltServer> {
    const server = BuiltServer.spawn(dataFolder, environment);
    await Promise.race([
      server.printed(/AEGIS ready on (\S+)/),
      server.exited().then((code) => Promise.reject(new Error(`exit ${code}: ${server.output}`))),
    ]);
    server.url = /AEGIS ready on (\S+)/.exec(server.output)?.[1] ?? '';
    return server;
  }

  /** For starts that are meant to fail. */
  static spawn(dataFolder: string, environment: Readonly<Record<string, string>> = {}): BuiltServer {
    const env = {
      PATH: process.env['PATH'],
      AEGIS_DATA_DIR: dataFolder,
      AEGIS_ADMIN_KEY: ADMIN_KEY,
      PORT: '0',
      LLM_PROVIDER: 'extractive',
      LOG_LEVEL: 'error',
      RATE_LIMIT_RPS: '10000',
      ...environment,
    };
    const entry = join(ROOT, 'dist', 'apps', 'api', 'apps', 'api', 'src', 'main.js');
    const child = spawn(process.execPath, [entry], { env, cwd: dataFolder, stdio: ['ignore', 'pipe', 'pipe'] });
    const server = new BuiltServer(child);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (server.output += piece.toString('utf8')));
    return server;
  }

  /** Exit code, or null after a signal. */
  async exited(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    this.child.kill(signal);
    return this.exited();
  }

  async request(
    method: string,
    path: string,
    key: string,
    body?: object | FormData,
  ): Promise<{ status: number; body: Readonly<Record<string, unknown>> }> {
    const isForm = body instanceof FormData;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(isForm ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
  }

  private async printed(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.output)) await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

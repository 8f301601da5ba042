import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Candidate } from './candidates';
import type { Asked, LoadResult, RoundResult } from './peer';

const PEERS = resolve('bench', 'peers');
const HEAP_MB = 8_192;
/** What a process of the peers is told: nothing that would let it into our database. */
const TOLD_TO_PEERS = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'PEERS_DATABASE_URL'];

interface Reply {
  readonly result?: unknown;
  readonly error?: string;
}

/** A candidate in a process of its own, so that memory and processor time are its own. */
export class PeerProcess {
  private constructor(
    readonly candidate: Candidate,
    private readonly child: ChildProcess,
  ) {}

  /** Throws what went wrong when the candidate cannot be opened here. */
  static async open(candidate: Candidate, folder: string): Promise<PeerProcess> {
    const { module, variant } = candidate;
    const isOwn = 'own' in module;
    const file = isOwn ? join(__dirname, `${module.own}.js`) : join(PEERS, 'adapters', `${module.peer}.mjs`);
    const told = Object.entries(process.env).filter(([name]) => isOwn || TOLD_TO_PEERS.includes(name));
    const child = fork(join(PEERS, 'child.mjs'), [file, variant, folder], {
      execArgv: ['--expose-gc', `--max-old-space-size=${HEAP_MB}`],
      env: Object.fromEntries(told),
      serialization: 'advanced',
      stdio: ['ignore', 2, 2, 'ipc'], // what a library prints is no part of the report
    });
    const opened = new PeerProcess(candidate, child);
    try {
      await opened.call('open');
      return opened;
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  async load(): Promise<LoadResult & { readonly memoryBytes: number }> {
    const loaded = (await this.call('load')) as LoadResult;
    return { ...loaded, memoryBytes: this.memoryBytes() };
  }

  async round(round: { readonly asked: readonly Asked[]; readonly warmUp: readonly Asked[]; readonly k: number }): Promise<RoundResult> {
    return (await this.call('round', round)) as RoundResult;
  }

  async close(): Promise<void> {
    if (!this.child.connected) return;
    await this.call('close').catch(() => undefined);
    if (this.child.exitCode === null) this.child.kill();
  }

  private memoryBytes(): number {
    const status = `/proc/${this.child.pid ?? 0}/status`;
    if (!existsSync(status)) return NaN;
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(status, 'utf8'))?.[1] ?? NaN) * 1024;
  }

  private call(call: string, about: object = {}): Promise<unknown> {
    return new Promise((done, failed) => {
      const ended = (code: number | null): void =>
        failed(new Error(`the process of ${this.candidate.name} ended with ${code ?? 'a signal'}`));
      this.child.once('exit', ended);
      this.child.once('message', ({ result, error }: Reply) => {
        this.child.off('exit', ended);
        if (error === undefined) done(result);
        else failed(new Error(error));
      });
      this.child.send({ call, ...about });
    });
  }
}

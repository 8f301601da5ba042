import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { entryPoint } from '../../system/entry-point';
import { DataFolderLock, newSocketFolder } from './data-folder-lock';
import type { EngineOptions } from './pglite-engine';

const MAX_CONNECTIONS = 20;
const STOP_TIMEOUT_MS = 15_000;

/** The engine's life: one process on a folder, a private socket, a clean end. */
export class EmbeddedDatabase {
  /** Resolves when the engine's thread is gone, for whatever reason. */
  private readonly gone: Promise<void>;
  private isClosing = false;

  private constructor(
    private readonly worker: Worker,
    private readonly socketFolder: string,
    private readonly lock: DataFolderLock,
    onLost: () => void,
  ) {
    this.gone = new Promise((resolve) => worker.once('exit', () => resolve()));
    void this.gone.then(() => {
      if (!this.isClosing) onLost();
    });
  }

  /** For `Connections.open({ urls: { embedded } })`. */
  get url(): string {
    return `socket:${this.socketFolder}`;
  }

  /** `onLost` is called when the engine's thread ends without being asked to: nothing brings it back in this process. */
  static async open(folder: string, onLost: () => void = () => undefined): Promise<EmbeddedDatabase> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const socketFolder = newSocketFolder();
    const lock = DataFolderLock.acquire(folder, socketFolder);
    try {
      mkdirSync(socketFolder, { mode: 0o700 }); // refuses a folder that somebody else has made
      const worker = await startEngine({ dataFolder: join(folder, 'postgres'), socketFolder, maxConnections: MAX_CONNECTIONS });
      return new EmbeddedDatabase(worker, socketFolder, lock, onLost);
    } catch (error) {
      rmSync(socketFolder, { recursive: true, force: true });
      lock.release();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.isClosing = true;
    this.worker.postMessage('stop');
    const tooLong = setTimeout(() => void this.worker.terminate(), STOP_TIMEOUT_MS);
    await this.gone;
    clearTimeout(tooLong);
    rmSync(this.socketFolder, { recursive: true, force: true });
    this.lock.release();
  }
}

async function startEngine(options: EngineOptions): Promise<Worker> {
  const worker = new Worker(entryPoint(__dirname, 'pglite-engine'), { workerData: options });
  try {
    await firstMessage(worker, 'ready');
    return worker;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

function firstMessage(worker: Worker, expected: string): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the embedded database ended with code ${code} before it was ready`)));
    worker.on('message', (message: unknown) => {
      if (message === expected) resolve();
    });
  });
}

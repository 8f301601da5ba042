import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

export interface EngineOptions {
  readonly dataFolder: string;
  readonly socketFolder: string;
  readonly maxConnections: number;
}

/** The embedded PostgreSQL, in a thread of its own: on the main thread one slow query would stop every request. */
async function start({ dataFolder, socketFolder, maxConnections }: EngineOptions): Promise<void> {
  const database = await PGlite.create(dataFolder, { extensions: { vector } });
  // A socket file in a folder that only this user may enter, not a port: every connection to this engine is a superuser.
  const server = new PGLiteSocketServer({ db: database, path: `${socketFolder}/.s.PGSQL.5432`, maxConnections });
  await server.start();
  parentPort?.on('message', (message: unknown) => {
    if (message !== 'stop') return;
    void server
      .stop()
      .then(() => database.close())
      .finally(() => {
        parentPort?.postMessage('stopped');
        parentPort?.close();
      });
  });
  parentPort?.postMessage('ready');
}

void start(workerData as EngineOptions);

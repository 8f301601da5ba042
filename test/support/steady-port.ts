import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below the ports that the system gives to outgoing connections: what is given up for a while is not taken by some client meanwhile. */
const [FIRST, COUNT] = [20_000, 10_000];
const TRIES = 100;

/** Has the server listen on this machine, on a port to which it can come back. */
export async function listenOnSteadyPort(server: Server): Promise<number> {
  for (let left = TRIES; ; left -= 1) {
    const port = FIRST + randomInt(COUNT);
    try {
      const listening = once(server, 'listening'); // rejects with what it emits as an error
      server.listen(port, '127.0.0.1');
      await listening;
      return port;
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!isTaken || left === 0) throw error;
    }
  }
}

/** One for a server of another program, which is started on it next. */
export async function freeSteadyPort(): Promise<number> {
  const probe = createServer();
  const port = await listenOnSteadyPort(probe);
  probe.close();
  await once(probe, 'close');
  return port;
}

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { listenOnSteadyPort } from './steady-port';

/** A way over loopback to another server, which can be cut and mended. */
export class CuttableWay {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {}

  /** `url` leads where the given one led, by this way. */
  static async to(given: string): Promise<{ readonly way: CuttableWay; readonly url: string }> {
    const url = new URL(given);
    const [host, port] = [url.hostname, Number(url.port)];
    const server = createServer();
    const way = new CuttableWay(server, await listenOnSteadyPort(server));
    server.on('connection', (near) => way.join(near, connect(port, host)));
    url.port = String(way.port);
    url.hostname = '127.0.0.1';
    return { way, url: url.href };
  }

  /** What is open breaks off, and nobody gets through any more. */
  cut(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  async mend(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  private join(near: Socket, far: Socket): void {
    for (const socket of [near, far]) {
      this.sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          this.sockets.delete(socket);
          for (const one of [near, far]) one.destroy();
        });
    }
    near.pipe(far).pipe(near);
  }
}

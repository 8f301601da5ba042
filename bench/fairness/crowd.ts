import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/**
 * Callers that cost their own machine next to nothing: a socket each, requests written beforehand, of an answer no more than its status and
 * its end are read. On a small machine that also runs the server, a usual client would take a processor away from what is measured.
 */
export class Crowd {
  private constructor(private readonly callers: readonly Caller[]) {}

  static async of(size: number, address: URL): Promise<Crowd> {
    return new Crowd(await Promise.all(Array.from({ length: size }, () => Caller.connected(address))));
  }

  /** All ask at one moment; resolves to the statuses when the last one was answered. */
  ask(path: string, key: string, bodies: readonly string[]): Promise<number[]> {
    return Promise.all(this.callers.map((caller, index) => caller.post(path, key, bodies[index % bodies.length] ?? '')));
  }
}

class Caller {
  private received = '';
  private resolve: ((status: number) => void) | null = null;

  private constructor(
    private socket: Socket,
    private readonly address: URL,
  ) {
    this.listen();
  }

  static async connected(address: URL): Promise<Caller> {
    return new Caller(await open(address), address);
  }

  /** A server may close a connection after an answer: then the next request opens another. */
  async post(path: string, key: string, body: string): Promise<number> {
    if (this.socket.destroyed || this.socket.readableEnded) {
      this.socket = await open(this.address);
      this.listen();
    }
    this.received = '';
    const head = [`POST ${path} HTTP/1.1`, `host: ${this.address.host}`, `authorization: Bearer ${key}`, 'content-type: application/json'];
    return new Promise((resolve) => {
      this.resolve = resolve;
      this.socket.write(`${head.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
  }

  private listen(): void {
    this.socket.on('data', (part) => {
      this.received += part.toString('latin1');
      const end = this.received.indexOf('\r\n\r\n');
      const length = /\r\ncontent-length: (\d+)/i.exec(this.received.slice(0, Math.max(0, end)))?.[1];
      if (length !== undefined && this.received.length >= end + 4 + Number(length)) this.answered(Number(this.received.slice(9, 12)));
    });
    this.socket.on('close', () => this.answered(0));
    this.socket.on('error', () => undefined); // what was lost counts as status 0
  }

  private answered(status: number): void {
    this.resolve?.(status);
    this.resolve = null;
  }
}

async function open(address: URL): Promise<Socket> {
  const socket = connect(Number(address.port), address.hostname);
  await once(socket, 'connect');
  return socket;
}

import { connect, type Socket } from 'node:net';

/** Longer than any limit of the server: for a connection that it should have closed and did not. */
const PATIENCE_MS = 25_000;

/** Writes bytes to a port of this machine as they are, and reads until the other side closes or nothing moves any more. */
export function rawExchange(port: number, text: string | Buffer, write: (socket: Socket) => void = () => undefined): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(text);
      write(socket);
    });
    const chunks: Buffer[] = [];
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined); // a server may cut a connection: what came until then is the answer
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}

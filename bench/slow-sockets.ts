import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * What a healthy client feels while others hold sockets open that hardly move (SLOW-1 of the hostile HTTP cases): a third send a byte of a
 * head each second, a third a byte of a body, a third ask for a page and do not read it. They come from a process of their own and open
 * again whatever the server closes. Arguments: address, administrator's key, sockets (1000), seconds (60). Prints the p95 alone and beside.
 */
type Kind = 'head' | 'body' | 'answer';

function slowSocket(kind: Kind, address: URL, key: string, ended: () => void): void {
  const socket = connect(Number(address.port), address.hostname);
  const host = `host: ${address.host}\r\nauthorization: Bearer ${key}\r\n`;
  const starts: Readonly<Record<Kind, string>> = {
    head: `POST /v1/search HTTP/1.1\r\n${host}x-slow: `,
    body: `POST /v1/search HTTP/1.1\r\n${host}content-type: application/json\r\ncontent-length: 10000\r\n\r\n{"query": "`,
    answer: `GET /openapi.json HTTP/1.1\r\nhost: ${address.host}\r\n\r\n`.repeat(20),
  };
  socket.on('error', () => undefined); // a refused or closed socket is what the server is for
  socket.on('connect', () => socket.write(starts[kind]));
  if (kind === 'answer') socket.pause();
  else socket.resume();
  const drip = setInterval(() => socket.writable && kind !== 'answer' && socket.write('a'), 1_000);
  socket.on('close', () => {
    clearInterval(drip);
    ended();
  });
}

function attack(url: string, key: string, sockets: number): void {
  const kinds: readonly Kind[] = ['head', 'body', 'answer'];
  let closed = 0;
  const open = (number: number): void => {
    slowSocket(kinds[number % kinds.length] ?? 'head', new URL(url), key, () => {
      closed += 1;
      setTimeout(() => open(number), 1_000);
    });
  };
  for (let number = 0; number < sockets; number++) open(number);
  setInterval(() => process.send?.(closed), 1_000);
}

async function latencies(
  url: string,
  key: string,
  seconds: number,
): Promise<{ readonly p50: number; readonly p95: number; readonly n: number }> {
  const all: number[] = [];
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) {
    const before = performance.now();
    const response = await fetch(`${url}/v1/search`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: `연차 휴가는 며칠인가요? ${all.length}` }),
    });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`the healthy client was answered ${response.status}`);
    all.push(performance.now() - before);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  all.sort((left, right) => left - right);
  const at = (share: number): number => all[Math.floor(all.length * share)] ?? NaN;
  return { p50: at(0.5), p95: at(0.95), n: all.length };
}

async function newKey(url: string, adminKey: string, name: string): Promise<string> {
  const response = await fetch(`${url}/v1/admin/tenants`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, settings: { rate_limit_rps: 1_000 } }),
  });
  if (response.status !== 201) throw new Error(`a new tenant was answered ${response.status}`);
  return ((await response.json()) as { api_key: { key: string } }).api_key.key;
}

async function measure(url: string, adminKey: string, sockets: number, seconds: number): Promise<void> {
  const [slow, healthy] = [await newKey(url, adminKey, 'slow'), await newKey(url, adminKey, 'healthy')];
  await latencies(url, healthy, 3); // warm
  const alone = await latencies(url, healthy, Math.min(20, seconds));
  const child = fork(__filename, ['attack', url, slow, String(sockets)]);
  let closed = 0;
  child.on('message', (count: number) => (closed = count));
  const beside = await latencies(url, healthy, seconds);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const told = ({ n, p50, p95 }: typeof alone) => `n ${n}, p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`;
  console.log(`alone: ${told(alone)}; beside ${sockets} slow sockets: ${told(beside)}; p95 ratio ${(beside.p95 / alone.p95).toFixed(2)}`);
  console.log(`sockets closed by the server: ${closed}`);
}

const [first = '', second = '', third, fourth] = process.argv.slice(2);
if (first === 'attack') attack(second, third ?? '', Number(fourth));
else void measure(first, second, Number(third ?? 1_000), Number(fourth ?? 60));

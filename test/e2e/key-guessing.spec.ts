import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HmacKeyMint } from '@aegis/infrastructure/tenants/hmac-key-mint';
import { ADMIN_KEY, onProduction, ROOT } from '../support/aegis';
import { BuiltServer } from '../support/built-server';

/** 20,000 for the full proof: `KEY_GUESSES=20000`. */
const GUESSES = Number(process.env['KEY_GUESSES'] ?? (onProduction ? 2_000 : 800));
const isFull = GUESSES >= 20_000;
/** Few for few guesses, or none of them would fail often enough to be slowed down. */
const ADDRESSES = Array.from({ length: isFull ? 20 : onProduction ? 4 : 2 }, (_, index) => `127.0.0.${index + 10}`);
const RATE = isFull ? 500 : 100;
const ROUNDS = 4;
/** Others use the machine too: a round that they disturbed is repeated. */
const MOST_ROUNDS = 16;
/** What one address may fail at once and in each second before it has to wait, as SECURITY.md says. */
const FAILURES = { burst: 60, perSecond: 10 };

interface Attack {
  readonly statuses: Readonly<Record<string, number>>;
  readonly seconds: number;
}

const p95 = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? NaN;

/** P7 KEY-2: somebody guesses keys at a listening server, which goes on to serve others. */
describe('guessing keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-guessing-'));
  const mint = new HmacKeyMint(Buffer.alloc(32, 5));
  let server: BuiltServer;
  let key: string;
  let agent: Agent;

  beforeAll(async () => {
    server = await BuiltServer.start(folder);
    const { body } = await server.request('POST', '/admin/tenants', ADMIN_KEY, { name: '한빛정밀' });
    key = (body['api_key'] as { readonly key: string }).key;
    agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress: '127.0.0.2' });
  }, 120_000);
  afterAll(async () => {
    agent.destroy();
    await server.stop('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  async function attack(keys: readonly string[], ratePerSecond = RATE): Promise<Attack> {
    const child = spawn(process.execPath, [join(ROOT, 'test', 'support', 'key-guesser.js')], { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (piece: Buffer) => (output += piece.toString('utf8')));
    child.stdin.end(`${JSON.stringify({ url: `${server.url}/documents`, keys, addresses: ADDRESSES, ratePerSecond })}\n`);
    await once(child, 'close');
    return JSON.parse(output) as Attack;
  }

  const counter = async (name: string): Promise<number> => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(name))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };

  /** How long the owner of the right key waits, in milliseconds; fails unless every answer is 200. */
  function timed(): Promise<number> {
    const start = performance.now();
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${key}` };
      request(`${server.url}/documents`, { agent, headers }, (response) => {
        response.resume().on('end', () => {
          if (response.statusCode === 200) resolve(performance.now() - start);
          else reject(new Error(`the right key was answered ${response.statusCode}`));
        });
      })
        .on('error', reject)
        .end();
    });
  }

  async function sample(isOver: () => boolean): Promise<readonly number[]> {
    const times: number[] = [];
    while (!isOver()) {
      times.push(await timed());
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    return times;
  }

  const mistyped = (text: string): string => text.slice(0, -1) + (text.endsWith('a') ? 'b' : 'a');
  const wrongly = (count: number): readonly string[] => Array.from({ length: count }, () => mistyped(mint.mint('live')));

  it(`finds nothing in ${GUESSES} attempts from ${ADDRESSES.length} addresses, costs no look-up, is slowed down, and slows nobody else`, async () => {
    let best = Infinity;
    const statuses: Record<string, number> = {};
    let rounds = 0;
    for (; rounds < ROUNDS || (best >= 2 && rounds < MOST_ROUNDS); rounds++) {
      let calm = false;
      const quiet = sample(() => calm);
      await new Promise((resolve) => setTimeout(resolve, Math.max(1_500, (GUESSES / ROUNDS / RATE) * 1_000)));
      calm = true;
      const before = p95(await quiet);
      const lookups = await counter('aegis_key_lookups_total');
      const rightOnes = Date.now();
      let over = false;
      const attacked = attack(wrongly(GUESSES / ROUNDS)).finally(() => (over = true));
      const during = p95(await sample(() => over));
      for (const [status, count] of Object.entries((await attacked).statuses)) statuses[status] = (statuses[status] ?? 0) + count;
      // The right key's own look-ups, one each four seconds at most, are all there are.
      const own = Math.ceil((Date.now() - rightOnes) / 4_000) + 1;
      expect((await counter('aegis_key_lookups_total')) - lookups).toBeLessThanOrEqual(own);
      best = Math.min(best, during / before);
    }
    process.stdout.write(`key guessing: ${JSON.stringify(statuses)}, p95 ${best.toFixed(2)}x\n`);
    expect(Object.keys(statuses).sort()).toEqual(['401', '429']);
    expect(Object.values(statuses).reduce((sum, count) => sum + count, 0)).toBe((GUESSES / ROUNDS) * rounds);
    expect(best).toBeLessThan(2);
  }, 600_000);

  it('with right checksums asks the database no oftener than the addresses may fail', async () => {
    const lookups = await counter('aegis_key_lookups_total');
    const count = ADDRESSES.length * 500;
    const start = Date.now();
    const { statuses } = await attack(
      Array.from({ length: count }, () => mint.mint('live')),
      1_000,
    );
    const seconds = (Date.now() - start) / 1_000;
    const asked = (await counter('aegis_key_lookups_total')) - lookups;
    const allowed = ADDRESSES.length * (FAILURES.burst + FAILURES.perSecond * seconds);
    process.stdout.write(
      `key guessing: ${asked} look-ups for ${count} guesses in ${seconds.toFixed(1)} s (${allowed.toFixed(0)} allowed)\n`,
    );
    expect(Object.keys(statuses).sort()).toEqual(['401', '429']);
    expect(asked).toBeLessThanOrEqual(Math.min(allowed * 1.1, count - 1));
    expect(await timed()).toBeGreaterThan(0);
  }, 300_000);
});

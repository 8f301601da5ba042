import fc from 'fast-check';
import { Overloaded } from '@aegis/domain/shared/overloaded';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { FairTurns, type TurnBounds } from './fair-turns';

const tenant = (number: number) => TenantId.parse(`00000000-0000-7000-8000-${String(number).padStart(12, '0')}`);
let testEnds = new AbortController();
const settled = () => new Promise((resolve) => setImmediate(resolve));

function setUp(bounds: Partial<TurnBounds<'query' | 'stream'>> = {}) {
  const counts = { running: 0, waiting: 0, mostRunning: 0, mostWaiting: 0 };
  const turns = new FairTurns(
    { places: 2, perTenant: { query: 2, stream: 2 }, sharedWithinMs: null, waiting: 10, patienceMs: 60_000, ...bounds },
    (running, waiting) => {
      Object.assign(counts, {
        running,
        waiting,
        mostRunning: Math.max(counts.mostRunning, running),
        mostWaiting: Math.max(counts.mostWaiting, waiting),
      });
    },
  );
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const outcome = new Map<string, unknown>();
  /** Names say whose it is and when it came: `A1`. */
  const come = (name: string, kind: 'query' | 'stream' = 'query', signal = AbortSignal.any([testEnds.signal])) =>
    turns.take(tenant(name.charCodeAt(0)), kind, signal).then(
      (end) => {
        begun.push(name);
        ends.set(name, end);
      },
      (error: unknown) => void outcome.set(name, error),
    );
  const end = async (name: string) => {
    ends.get(name)?.();
    await settled();
  };
  return { turns, counts, begun, come, end, outcome };
}

describe('FairTurns', () => {
  beforeEach(() => (testEnds = new AbortController()));
  afterEach(() => testEnds.abort(new Error('the test is over'))); // whoever still waits has a timer

  it('lets tenants take turns, and whoever came first within a tenant', async () => {
    const { come, begun, end } = setUp();
    for (const name of ['A1', 'A2', 'A3', 'A4', 'B1', 'B2', 'C1']) void come(name);
    await settled();
    expect(begun).toEqual(['A1', 'A2']);
    for (let next = 0; next < 7; next++) await end(begun[next] ?? '');
    expect(begun).toEqual(['A1', 'A2', 'B1', 'C1', 'A3', 'B2', 'A4']);
  });

  it('leaves a place empty rather than give one tenant more than its number', async () => {
    const { come, begun } = setUp({ places: 10, perTenant: { query: 2, stream: 1 } });
    for (const name of ['A1', 'A2', 'A3', 'B1']) void come(name);
    for (const name of ['A5', 'A6']) void come(name, 'stream');
    await settled();
    expect(begun).toEqual(['A1', 'A2', 'B1', 'A5']);
  });

  it('shares what one tenant may have with those who were there a moment ago', async () => {
    const { come, begun, end } = setUp({ places: 4, perTenant: { query: 3, stream: 3 }, sharedWithinMs: 1_500 });
    for (const name of ['A1', 'A2', 'A3', 'A4', 'A5']) void come(name);
    await settled();
    expect(begun).toEqual(['A1', 'A2', 'A3']); // alone it has all but the place of others
    void come('B1');
    await settled();
    await end('B1');
    for (const name of ['A1', 'A2', 'A3']) await end(name);
    expect(begun).toEqual(['A1', 'A2', 'A3', 'B1', 'A4']); // B may come again: one at a time
    await new Promise((resolve) => setTimeout(resolve, 1_550));
    for (const name of ['A6', 'A7']) void come(name);
    await settled();
    expect(begun).toEqual(['A1', 'A2', 'A3', 'B1', 'A4', 'A5', 'A6']);
  });

  it('gives a turn back once, however often it is ended', async () => {
    const { come, begun, end, counts } = setUp({ places: 1 });
    for (const name of ['A1', 'A2', 'A3']) void come(name);
    await settled();
    for (let times = 0; times < 3; times++) await end('A1');
    expect([begun, counts.running]).toEqual([['A1', 'A2'], 1]);
  });

  it('gives the turn back when the work fails', async () => {
    const { turns, counts } = setUp({ places: 1 });
    const failing = turns.run(tenant(1), 'query', testEnds.signal, () => Promise.reject(new Error('no model')));
    await expect(failing).rejects.toThrow('no model');
    await expect(turns.run(tenant(1), 'query', testEnds.signal, () => Promise.resolve('next'))).resolves.toBe('next');
    expect(counts).toMatchObject({ running: 0, waiting: 0 });
  });

  it('refuses whoever waited too long', async () => {
    const { come, outcome, counts } = setUp({ places: 1, patienceMs: 30 });
    void come('A1');
    await come('B1');
    expect(outcome.get('B1')).toBeInstanceOf(Overloaded);
    expect(counts).toMatchObject({ running: 1, waiting: 0 });
  });

  it('lets whoever leaves out of the line, and does not begin for whoever has left before', async () => {
    const { come, begun, end, outcome, counts } = setUp({ places: 1 });
    const leaving = new AbortController();
    void come('A1');
    const waiting = come('A2', 'query', leaving.signal);
    void come('A3');
    await settled();
    leaving.abort(new Error('client disconnected'));
    await waiting;
    await come('A4', 'query', leaving.signal);
    await end('A1');
    expect(begun).toEqual(['A1', 'A3']);
    expect([outcome.get('A2'), outcome.get('A4')]).toEqual([new Error('client disconnected'), new Error('client disconnected')]);
    expect(counts).toMatchObject({ running: 1, waiting: 0 });
  });

  it('keeps room for others where one tenant waits in a crowd: the newest of the longest line leaves', async () => {
    const { come, outcome, begun, end } = setUp({ places: 1, waiting: 3 });
    for (const name of ['A1', 'A2', 'A3', 'A4', 'A5']) void come(name);
    await settled();
    expect([...outcome.keys()]).toEqual(['A5']);
    void come('B1');
    await settled();
    expect([...outcome.keys()]).toEqual(['A5', 'A4']);
    await end('A1');
    expect(begun).toEqual(['A1', 'B1']);
  });

  it('does not send a crowd away at one moment: the back of the line first', async () => {
    const { come, outcome } = setUp({ places: 1, patienceMs: 1_600, waiting: 4 });
    await come('A1');
    const from = performance.now();
    const waited = await Promise.all(['A2', 'A3', 'A4', 'A5'].map((name) => come(name).then(() => performance.now() - from)));
    expect([...outcome.keys()]).toEqual(['A5', 'A4', 'A3', 'A2']);
    expect((waited[0] ?? 0) - (waited[3] ?? 0)).toBeGreaterThan(80);
  });

  it('never lets more run or wait than it may, forgets nobody, and is empty at the end, whatever happens', async () => {
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('come' as const), who: fc.integer({ min: 0, max: 4 }), stream: fc.boolean() }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat() }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 80 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 3 }),
        async (actions, places, each) => {
          const { turns, counts } = setUp({ places, perTenant: { query: each, stream: each }, waiting: 8 });
          const open: (() => void)[] = [];
          const waiting = new Set<AbortController>();
          let [came, over] = [0, 0];
          const running = new Map<string, number>();
          for (const step of actions) {
            if (step.do === 'end') open.splice(step.which % Math.max(1, open.length), 1)[0]?.();
            else if (step.do === 'leave') [...waiting][step.which % Math.max(1, waiting.size)]?.abort(new Error('left'));
            else {
              came += 1;
              const leaving = new AbortController();
              waiting.add(leaving);
              const lane = `${step.who}${String(step.stream)}`;
              void turns
                .take(tenant(step.who), step.stream ? 'stream' : 'query', leaving.signal)
                .then(
                  (end) => {
                    running.set(lane, (running.get(lane) ?? 0) + 1);
                    open.push(() => {
                      running.set(lane, (running.get(lane) ?? 0) - 1);
                      over += 1;
                      end();
                    });
                  },
                  () => void (over += 1),
                )
                .finally(() => waiting.delete(leaving));
            }
            await settled();
            expect(Math.max(0, ...running.values())).toBeLessThanOrEqual(each);
          }
          for (let round = 0; over < came && round < 200; round++) {
            open.splice(0).forEach((end) => end());
            await settled();
          }
          expect(over).toBe(came);
          expect(counts).toMatchObject({ running: 0, waiting: 0 });
          expect(counts.mostRunning).toBeLessThanOrEqual(places);
          expect(counts.mostWaiting).toBeLessThanOrEqual(8 + 1);
          expect((turns as unknown as { lines: Map<unknown, unknown> }).lines.size).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('begins for a newcomer within one turn of each tenant that waits, however long their lines are', async () => {
    const { come, begun, end } = setUp({ places: 1, waiting: 1_000 });
    for (let number = 1; number <= 9; number++) for (const name of ['A', 'B', 'C']) void come(`${name}${number}`);
    await settled();
    void come('N1');
    for (let turn = 0; turn < 3; turn++) await end(begun.at(-1) ?? '');
    expect(begun.slice(0, 4)).toContain('N1');
  });
});

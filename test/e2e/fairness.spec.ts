import type { RunningAegis } from '../support/aegis';
import { startAegis } from '../support/aegis';
import { newTenant, type ApiClient } from '../support/api-client';

const CROWD = 200;
const QUERIES = 20;
let asked = 0;
/** No question comes twice: what is remembered needs no turn. */
const search = (api: ApiClient) => api.post('/search', { query: `연차 휴가는 며칠인가요? ${(asked += 1)}` });

/** A crowd of one tenant that never gets smaller: whoever has an answer asks again. */
class Flood {
  readonly answers = { served: 0, refused: 0 };
  private goesOn = true;
  private readonly members: readonly Promise<void>[];

  constructor(api: ApiClient) {
    this.members = Array.from({ length: CROWD }, async () => {
      while (this.goesOn) {
        const { status } = await search(api);
        this.answers[status === 200 ? 'served' : 'refused'] += 1;
        await new Promise((resolve) => setTimeout(resolve, 50)); // the way back and forth
      }
    });
  }

  async end(): Promise<void> {
    this.goesOn = false;
    await Promise.all(this.members);
  }
}

const median = (numbers: readonly number[]): number => numbers.toSorted((left, right) => left - right)[numbers.length >> 1] ?? NaN;

/**
 * Counted in turns, not in milliseconds: what a query waits for is the same on a slow machine and on a busy one.
 * `bench/fairness.ts` measures the times.
 */
describe('one tenant asks 200 queries at once, again and again', () => {
  let aegis: RunningAegis;
  beforeAll(async () => {
    aegis = await startAegis();
  }, 90_000);
  afterAll(() => aegis.close());

  it('and a query of another waits for few of them', async () => {
    const [crowd, other] = [(await newTenant(aegis.app)).api, (await newTenant(aegis.app)).api];
    await Promise.all([search(crowd), search(other)]);
    const flood = new Flood(crowd);
    const before: { served: number; refused: number }[] = [];
    try {
      for (let number = 0; number < QUERIES; number++) {
        const { served, refused } = flood.answers;
        expect((await search(other)).status).toBe(200);
        before.push({ served: flood.answers.served - served, refused: flood.answers.refused - refused });
      }
    } finally {
      await flood.end();
    }
    expect(median(before.map(({ served }) => served))).toBeLessThanOrEqual(4);
    expect(flood.answers.served).toBeGreaterThan(QUERIES); // and the crowd is not locked out
  }, 120_000);
});

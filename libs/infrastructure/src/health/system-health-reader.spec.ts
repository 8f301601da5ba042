import { SystemHealthReader } from './system-health-reader';

/** A part that counts how often it is asked; `answer` decides how. */
class Part {
  asked = 0;
  answer: () => Promise<void> = () => Promise.resolve();
  check(): Promise<void> {
    this.asked += 1;
    return this.answer();
  }
}

class Database {
  asked = 0;
  transaction<T>(): Promise<T> {
    this.asked += 1;
    return Promise.reject(new Error('away'));
  }
}

describe('SystemHealthReader', () => {
  let nowMs: number;
  let database: Database;
  let parts: readonly [queue: Part, embeddingModel: Part, languageModel: Part, objects: Part];
  let health: SystemHealthReader;
  const asked = () => [database.asked, ...parts.map((part) => part.asked)];

  beforeEach(() => {
    nowMs = 1_000;
    database = new Database();
    parts = [new Part(), new Part(), new Part(), new Part()];
    health = new SystemHealthReader(database, ...parts, () => nowMs);
  });

  it('asks every part once for all who ask at the same time', async () => {
    let answer: () => void = () => undefined;
    parts[2].answer = () => new Promise((resolve) => (answer = resolve));
    const readings = Array.from({ length: 50 }, () => health.read());
    answer();
    const reports = await Promise.all(readings);
    expect(asked()).toEqual([1, 1, 1, 1, 1]);
    expect(new Set(reports).size).toBe(1);
    expect(reports[0]).toMatchObject({ status: 'failed', servesQueries: false, checks: { llm: { status: 'ok' } } });
  });

  it('keeps a report for a second and a half from the moment it was made', async () => {
    parts[0].answer = () => {
      nowMs += 1_000;
      return Promise.resolve();
    };
    const first = await health.read();
    nowMs += 1_499;
    expect(await health.read()).toBe(first);
    nowMs += 1;
    parts[0].answer = () => Promise.reject(new Error('away'));
    expect((await health.read()).checks.queue.status).toBe('degraded');
    expect(asked()).toEqual([2, 2, 2, 2, 2]);
  });
});

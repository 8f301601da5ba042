import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { EmbeddedDatabase } from './embedded-database';

/** The first start makes the database, which takes long where the processor is shared. */
const PATIENCE_MS = 90_000;

describe('EmbeddedDatabase', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'aegis-embedded-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(
    'says once that its engine has died, and can be closed then',
    async () => {
      let lost = 0;
      let tell: () => void = () => undefined;
      const told = new Promise<void>((resolve) => (tell = resolve));
      const database = await EmbeddedDatabase.open(folder, () => {
        lost += 1;
        tell();
      });
      await (Reflect.get(database, 'worker') as Worker).terminate(); // as when it runs out of memory
      await told;
      await database.close();
      expect(lost).toBe(1);
      expect(readdirSync(folder)).toEqual(['postgres']);
    },
    PATIENCE_MS,
  );

  it(
    'says nothing when it is closed',
    async () => {
      let lost = 0;
      const database = await EmbeddedDatabase.open(folder, () => (lost += 1));
      await database.close();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(lost).toBe(0);
    },
    PATIENCE_MS,
  );
});

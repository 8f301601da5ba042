import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Fills `folder` with the data folder of a migrated embedded database. The first test of a run that asks for this `name` makes it (four
 * seconds on an idle machine), all others take a copy (one second with the start). `make` writes into the folder it is given and closes it.
 */
export async function copyOfTemplate(name: string, folder: string, make: (folder: string) => Promise<void>): Promise<void> {
  const template = join(process.env['AEGIS_TEST_TEMPLATES'] ?? '', name);
  while (!existsSync(template)) {
    const draft = `${template}.draft`;
    if (mkdirSync(draft, { recursive: true }) === undefined) {
      await pause(50); // it was there: another test file is making the database
      continue;
    }
    if (existsSync(template)) {
      rmSync(draft, { recursive: true, force: true }); // it was finished between the two looks
      break;
    }
    try {
      await make(draft);
      renameSync(draft, template);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true }); // whoever waits makes it anew
      throw error;
    }
  }
  cpSync(template, folder, { recursive: true });
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { ConfigurationError } from './configuration-error';
import { correctable } from './correctable';
import { readSettings } from './settings';

const failureOf = async (work: () => unknown): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing failed');
};

describe('correctable', () => {
  it('takes the sentence of what was wrong with the configuration', () => {
    expect(correctable(new ConfigurationError(['PORT must be a number']))).toContain('PORT must be a number');
  });

  it('names DATABASE_URL when nobody listens there', async () => {
    const client = new Client('postgresql://app_runtime:x@127.0.0.1:1/aegis');
    expect(correctable(await failureOf(() => client.connect()))).toMatch(/does not answer .*127\.0\.0\.1:1.*DATABASE_URL/);
  });

  it('names AEGIS_DATA_DIR when the folder cannot be made', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-test-'));
    writeFileSync(join(folder, 'file'), '');
    const error = await failureOf(() => readSettings({ AEGIS_DATA_DIR: join(folder, 'file', 'data') }, folder));
    rmSync(folder, { recursive: true });
    expect(correctable(error)).toContain('AEGIS_DATA_DIR');
  });

  it('leaves a bug a bug', () => {
    expect(correctable(new TypeError('cannot read x'))).toBeNull();
  });
});

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from './configuration-error';
import { readSettings } from './settings';

const ROOT = join(__dirname, '..', '..', '..', '..');

describe('readSettings', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aegis-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (values: Record<string, string> = {}) => readSettings({ AEGIS_DATA_DIR: join(folder, 'data'), ...values }, ROOT);

  it('makes the admin key in the first start, keeps it readable by its user only, and finds it in the next', () => {
    const first = read();
    const second = read();
    expect(first.adminKeyIsNew).toBe(true);
    expect(second).toMatchObject({ adminKey: first.adminKey, adminKeyIsNew: false, secretKey: first.secretKey });
    const path = join(folder, 'data', 'admin.key');
    expect(readFileSync(path, 'utf8').trim()).toBe(first.adminKey);
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it('makes nothing when anything is wrong: a key made now would never be shown', () => {
    expect(() => read({ PORT: 'abc' })).toThrow('PORT must be a number from 0 to 65535');
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('tells all that is wrong at once, and refuses a name that is a typing error', () => {
    try {
      read({ PORT: '70000', LOG_LEVEL: 'loud', AEGIS_DATADIR: 'x' });
      throw new Error('it was taken');
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error instanceof ConfigurationError && error.problems).toHaveLength(3);
    }
  });

  it('knows the names of the command line', () => {
    expect(() => read({ AEGIS_API_KEY: 'ag_live_x' })).not.toThrow();
  });
});

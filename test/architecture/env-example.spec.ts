import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigurationError } from '@aegis/infrastructure/configuration/configuration-error';
import { ALSO_KNOWN, readSettings } from '@aegis/infrastructure/configuration/settings';

const ROOT = join(__dirname, '..', '..');
const EXAMPLE = readFileSync(join(ROOT, '.env.example'), 'utf8');
const LINE = /^#?([A-Z][A-Z0-9_]*)=(.*)$/;

const exampleLines = EXAMPLE.split('\n').flatMap((line) => {
  const [, name, value] = LINE.exec(line) ?? [];
  return name === undefined || value === undefined ? [] : [{ name, value }];
});

/** Every name that the reader of settings asks for, found by listening. */
function namesRead(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-test-'));
  const asked = new Set<string>();
  const values: Record<string, string> = { AEGIS_DATA_DIR: folder };
  const listening = new Proxy(values, {
    get: (target, name) => {
      if (typeof name === 'string') asked.add(name);
      return Reflect.get(target, name) as unknown;
    },
  });
  readSettings(listening, ROOT);
  rmSync(folder, { recursive: true });
  return [...asked].filter((name) => !name.endsWith('_FILE'));
}

describe('.env.example', () => {
  it('lists every name that AEGIS reads, once, and no other', () => {
    const listed = exampleLines.map(({ name }) => name).sort();
    expect(listed).toEqual([...new Set([...namesRead(), ...ALSO_KNOWN])].sort());
  });

  it('has a comment above every block of names', () => {
    const blocks = EXAMPLE.split(/\n\n+/).filter((block) => block.split('\n').some((line) => LINE.test(line)));
    expect(blocks.length).toBeGreaterThan(20);
    expect(blocks.filter((block) => !/^# \w/m.test(block))).toEqual([]);
  });

  it('is a working configuration as it is, and with every default taken in', () => {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-test-'));
    const data = { AEGIS_DATA_DIR: folder };
    const uncommented = exampleLines.filter(({ name }) => !EXAMPLES_ONLY.includes(name)).map(({ name, value }) => [name, value] as const);
    try {
      expect(readSettings({ ...parseEnv(EXAMPLE), ...data }, ROOT).port).toBe(8000);
      expect(readSettings({ ...Object.fromEntries(uncommented), ...data }, ROOT).profile).toBe('embedded');
    } catch (error) {
      throw error instanceof ConfigurationError ? new Error(error.message) : error;
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Values that no machine has by itself. */
const EXAMPLES_ONLY = ['AEGIS_PRICES'];

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

  it('takes an identity provider whole, and only over a line that nobody else writes on', () => {
    const provider = { OIDC_ISSUER: 'https://login.example.com', OIDC_AUDIENCE: 'aegis' };
    expect(read(provider).oidc).toEqual({ issuer: 'https://login.example.com', audience: 'aegis' });
    expect(read({ ...provider, OIDC_ISSUER: 'http://127.0.0.1:8080/realms/a' }).oidc?.issuer).toContain('127.0.0.1');
    expect(read().oidc).toBeNull();
    expect(() => read({ OIDC_ISSUER: provider.OIDC_ISSUER })).toThrow('belong together');
    expect(() => read({ OIDC_AUDIENCE: 'aegis' })).toThrow('belong together');
    for (const issuer of ['http://login.example.com', 'login.example.com', 'ftp://127.0.0.1', 'https://user:secret@login.example.com']) {
      expect(() => read({ ...provider, OIDC_ISSUER: issuer })).toThrow('OIDC_ISSUER must be an https:// address');
    }
  });

  it('needs no admin key in production beside an identity provider', () => {
    const production = {
      AEGIS_PROFILE: 'production',
      DATABASE_URL: 'postgresql://app_runtime@127.0.0.1/aegis',
      REDIS_URL: 'redis://127.0.0.1',
      AEGIS_SECRET_KEY: 's'.repeat(32),
    };
    expect(() => read(production)).toThrow('AEGIS_ADMIN_KEY is required');
    expect(read({ ...production, OIDC_ISSUER: 'https://login.example.com', OIDC_AUDIENCE: 'aegis' }).adminKey).toBe('');
  });

  it('takes no key in production that could be guessed, and says what would do', () => {
    const production = {
      ...{ AEGIS_PROFILE: 'production', DATABASE_URL: 'postgresql://app_runtime@127.0.0.1/aegis', REDIS_URL: 'redis://127.0.0.1' },
      AEGIS_SECRET_KEY: 's'.repeat(32),
    };
    const file = join(folder, 'admin-key');
    writeFileSync(file, `${'a'.repeat(31)}\n`);
    const problem = 'AEGIS_ADMIN_KEY must have at least 32 bytes in the production profile: "openssl rand -hex 32" makes a good one';
    expect(() => read({ ...production, AEGIS_ADMIN_KEY: 'a'.repeat(31) })).toThrow(problem);
    expect(() => read({ ...production, AEGIS_ADMIN_KEY_FILE: file })).toThrow(problem);
    const oidc = { OIDC_ISSUER: 'https://login.example.com', OIDC_AUDIENCE: 'aegis' };
    expect(() => read({ ...production, ...oidc, AEGIS_ADMIN_KEY: 'a'.repeat(31) })).toThrow(problem);
    expect(() => read({ ...production, AEGIS_SECRET_KEY: 's'.repeat(31) })).toThrow('AEGIS_SECRET_KEY must have at least 32 bytes');
    for (const key of ['a'.repeat(32), '열쇠는아주아주아주길고길어야합니다']) {
      expect(read({ ...production, AEGIS_ADMIN_KEY: key }).adminKey).toBe(key);
    }
    expect(() => read({ AEGIS_ADMIN_KEY: 'a'.repeat(15) })).toThrow('AEGIS_ADMIN_KEY must have at least 16 characters');
    expect(read({ AEGIS_ADMIN_KEY: 'a'.repeat(16) }).adminKey).toHaveLength(16); // on one's own machine
  });

  it('believes no proxy that it was not told of, and never everybody', () => {
    expect(read().trustedProxies).toEqual([]);
    expect(read({ TRUSTED_PROXIES: '10.0.0.5, 192.168.0.0/16,2001:db8::/32' }).trustedProxies).toEqual([
      '10.0.0.5',
      '192.168.0.0/16',
      '2001:db8::/32',
    ]);
    for (const wrong of ['true', '*', '0.0.0.0/0', '::/0', '10.0.0.0/33', '10.0.0.0/8/8', 'proxy.example'])
      expect(() => read({ TRUSTED_PROXIES: wrong })).toThrow('TRUSTED_PROXIES must be addresses');
  });

  it('knows the names of the command line', () => {
    expect(() => read({ AEGIS_API_KEY: 'ag_live_x' })).not.toThrow();
  });
});

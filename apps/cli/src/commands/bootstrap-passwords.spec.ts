import { rolePassword } from '@aegis/infrastructure/configuration/role-urls';
import { DATABASE_ROLES } from '@aegis/infrastructure/persistence/database-role';
import { bootstrapPasswords } from './bootstrap-passwords';

const SECRET = 'a-secret-of-the-deployment';
const RUNTIME = 'postgresql://app_runtime:p%40ss@db:5432/aegis';
const OWNER = 'postgresql://app_migrator:owner@db:5432/aegis';

describe('bootstrapPasswords', () => {
  it('takes those of the URLs, decoded, and derives the others from the secret', () => {
    const passwords = bootstrapPasswords(RUNTIME, OWNER, SECRET);
    expect(passwords).toMatchObject({ app_runtime: 'p@ss', app_migrator: 'owner', app_admin: rolePassword(SECRET, 'app_admin') });
    expect(Object.keys(passwords).sort()).toEqual([...DATABASE_ROLES, 'app_migrator'].sort());
  });

  it('sets no empty password', () => {
    expect(bootstrapPasswords('postgresql://app_runtime@db/aegis', OWNER, SECRET)).not.toHaveProperty('app_runtime');
  });

  it('refuses URLs of other users, both at once', () => {
    expect(() => bootstrapPasswords(OWNER, 'postgresql://db/aegis', SECRET)).toThrow(
      /DATABASE_URL must log in as app_runtime, not as app_migrator\n.*DATABASE_OWNER_URL must log in as app_migrator, not as nobody/,
    );
  });
});

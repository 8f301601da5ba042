import { ConfigurationError } from '@aegis/infrastructure/configuration/configuration-error';
import { rolePassword } from '@aegis/infrastructure/configuration/role-urls';
import { DATABASE_ROLES } from '@aegis/infrastructure/persistence/database-role';

/**
 * Passwords by role: `app_runtime` and `app_migrator` get those of their own URLs, the other roles the ones that every process derives
 * from the secret. A URL without a password (a server that trusts its socket) sets none. Throws ConfigurationError for another user.
 */
export function bootstrapPasswords(runtimeUrl: string, ownerUrl: string, secretKey: string): Readonly<Record<string, string>> {
  const problems = [wrongUser('DATABASE_URL', runtimeUrl, 'app_runtime'), wrongUser('DATABASE_OWNER_URL', ownerUrl, 'app_migrator')];
  const found = problems.filter((problem) => problem !== null);
  if (found.length > 0) throw new ConfigurationError(found);
  const derived = DATABASE_ROLES.filter((role) => role !== 'app_runtime').map((role) => [role, rolePassword(secretKey, role)] as const);
  const given = [['app_runtime', passwordOf(runtimeUrl)] as const, ['app_migrator', passwordOf(ownerUrl)] as const];
  return Object.fromEntries([...derived, ...given.filter(([, password]) => password !== '')]);
}

function wrongUser(name: string, url: string, role: string): string | null {
  const user = decodeURIComponent(new URL(url).username);
  return user === role ? null : `${name} must log in as ${role}, not as ${user === '' ? 'nobody' : user}`;
}

const passwordOf = (url: string): string => decodeURIComponent(new URL(url).password);

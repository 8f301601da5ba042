import type { DatabaseRole } from '../persistence/database-role';
import { derivedKey } from '../system/derived-key';

/** The password of a role that only AEGIS itself logs in as: set by the bootstrap, derived by everybody who knows the secret. */
export const rolePassword = (secretKey: string, role: string): string => derivedKey(secretKey, `db:${role}`).toString('base64url');

/** `DATABASE_URL` is `app_runtime`; the other roles log in to the same host and database. */
export function roleUrls(runtimeUrl: string, roles: readonly DatabaseRole[], secretKey: string): Record<DatabaseRole, string> {
  const urlOf = (role: DatabaseRole): string => {
    if (role === 'app_runtime' || !URL.canParse(runtimeUrl)) return runtimeUrl;
    const url = new URL(runtimeUrl);
    url.username = role;
    url.password = rolePassword(secretKey, role);
    return url.toString();
  };
  return Object.fromEntries(roles.map((role) => [role, urlOf(role)])) as Record<DatabaseRole, string>;
}

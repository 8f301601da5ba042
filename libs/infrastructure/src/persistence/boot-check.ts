import type { Connections } from './connections';
import { CATALOG_LINT } from './catalog-lint';

/** The database does not keep what AEGIS promises: nothing is served from it. */
export class UnsafeDatabase extends Error {
  override readonly name = 'UnsafeDatabase';
  constructor(readonly findings: readonly string[]) {
    super(`The database is not safe to serve tenants from:\n${findings.map((finding) => `  - ${finding}`).join('\n')}`);
  }
}

/** Refuses a superuser login, a tenant table without policy, and everything else that the catalogue lint finds. */
export async function assertSafeToStart(connections: Connections): Promise<void> {
  const findings = await connections.transaction(
    'app_runtime',
    async (manager) => {
      const login = await manager.query<{ finding: string }[]>(
        `SELECT format('DATABASE_URL logs in as %s, which is a superuser or bypasses row-level security', rolname) AS finding
           FROM pg_roles WHERE rolname = session_user AND (rolsuper OR rolbypassrls)`,
      );
      const migrated = await manager.query<{ finding: string }[]>(
        `SELECT 'the tables are missing: run "npm run aegis -- migrate"' AS finding WHERE to_regclass('public.audit_events') IS NULL`,
      );
      const lint = migrated.length > 0 ? [] : await manager.query<{ finding: string }[]>(CATALOG_LINT);
      return [...login, ...migrated, ...lint].map(({ finding }) => finding);
    },
    { readOnly: true },
  );
  if (findings.length > 0) throw new UnsafeDatabase(findings);
}

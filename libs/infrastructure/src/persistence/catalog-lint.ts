import { DECLARED_DELETIONS, DECLARED_GRANTS, DECLARED_POLICIES } from './declared-rights';

const literal = (value: string | null): string => (value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`);
const rowsOf = (rows: readonly (readonly (string | null)[])[]): string => rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ');

const POLICIES = rowsOf(
  DECLARED_POLICIES.map(({ table, policy, role, command, seen, written }) => [table, policy, role, command, seen, written]),
);
const GRANTS = rowsOf(
  DECLARED_GRANTS.flatMap(({ role, command, table, columns }) => columns.map((column) => [role, command, table, column])),
);
const DELETIONS = rowsOf(DECLARED_DELETIONS);

/** Tables without a tenant: global and read-only for the runtime, or the migrations' own. */
const GLOBAL = `'{embedding_models,migrations}'::text[]`;

/** What `sec.protect` writes, as PostgreSQL prints it back; `%s` is the tenant column. */
const POLICY = `((%1$s = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid) AND CASE WHEN (%1$s = ( SELECT sec.verified_tenant() AS verified_tenant)) THEN true ELSE false END)`;

/** The same for the eraser. */
const OF_THE_DELETED = `(tenant_id IN ( SELECT d.id FROM tenants d WHERE (d.deleted_at IS NOT NULL)))`;

/** One row for each thing in the catalogue that would weaken isolation; no row: nothing found. */
export const CATALOG_LINT = `
WITH tables AS (SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relispartition, c.relkind, c.relowner FROM pg_class c
                 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')),
 tenant_tables AS (SELECT * FROM tables WHERE relname <> ALL (${GLOBAL})),
 logins AS (SELECT oid, rolname FROM pg_roles WHERE rolname IN ('app_runtime', 'app_admin', 'app_eraser', 'app_dispatch', 'app_sealer'))
SELECT format('table %s has no forced row-level security', relname) AS finding FROM tenant_tables WHERE NOT (relrowsecurity AND relforcerowsecurity)
UNION ALL SELECT format('unique index %s does not begin with the tenant', i.indexrelid::regclass)
  FROM pg_index i JOIN tenant_tables t ON t.oid = i.indrelid LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
 WHERE i.indisunique AND a.attname IS DISTINCT FROM CASE t.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END
UNION ALL SELECT format('foreign key %s does not begin with the tenant', k.conname)
  FROM pg_constraint k JOIN tables t ON t.oid = k.conrelid JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
  JOIN pg_class f ON f.oid = k.confrelid
 WHERE k.contype = 'f' AND a.attname <> 'tenant_id' AND f.relname <> 'embedding_models'
UNION ALL SELECT format('table %s has no tenant policy', t.relname) FROM tenant_tables t WHERE NOT t.relispartition
   AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = t.oid AND p.polname = 'tenant')
UNION ALL SELECT format('what a deleted tenant leaves in %s could not be erased', t.relname) FROM tenant_tables t
   JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
 WHERE NOT t.relispartition AND NOT (has_table_privilege('app_eraser', t.oid, 'DELETE')
   AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = t.oid AND p.polname = 'erase' AND p.polroles = ARRAY['app_eraser'::regrole]::oid[]))
UNION ALL SELECT format('policy %s of %s lets the eraser at rows of the living', p.polname, t.relname)
  FROM pg_policy p JOIN tenant_tables t ON t.oid = p.polrelid
 WHERE 'app_eraser'::regrole = ANY (p.polroles) AND EXISTS (
   SELECT FROM (SELECT pg_get_expr(p.polqual, p.polrelid) AS seen, pg_get_expr(p.polwithcheck, p.polrelid) AS written) x,
               unnest(ARRAY[coalesce(seen, written), coalesce(written, seen)]) AS condition
    WHERE regexp_replace(condition, '\\s+', ' ', 'g') IS DISTINCT FROM CASE t.relname
            WHEN 'tenants' THEN '(deleted_at IS NOT NULL)' ELSE '${OF_THE_DELETED}' END)
UNION ALL SELECT format('policy %s of %s differs from the template', p.polname, t.relname)
  FROM pg_policy p JOIN tenant_tables t ON t.oid = p.polrelid
 WHERE 'app_runtime'::regrole = ANY (p.polroles) AND (p.polcmd <> '*' OR NOT p.polpermissive
    OR regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\\s+', ' ', 'g')
       IS DISTINCT FROM format($policy$${POLICY}$policy$, CASE t.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END)
    OR pg_get_expr(p.polqual, p.polrelid) IS DISTINCT FROM pg_get_expr(p.polwithcheck, p.polrelid))
UNION ALL SELECT format('policy %s of %s lets %s at more rows than is declared', p.polname, t.relname, r.rolname)
  FROM pg_policy p JOIN tables t ON t.oid = p.polrelid CROSS JOIN unnest(p.polroles) AS o(oid) JOIN pg_roles r ON r.oid = o.oid
  CROSS JOIN LATERAL (SELECT CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS command,
                             pg_get_expr(p.polqual, p.polrelid) AS seen, pg_get_expr(p.polwithcheck, p.polrelid) AS written) x
 WHERE p.polpermissive AND r.rolname NOT IN ('app_runtime', 'app_eraser')
   AND NOT (p.polname = 'admin_read' AND r.rolname = 'app_admin' AND x.command = 'SELECT')
   AND NOT EXISTS (SELECT FROM (VALUES ${POLICIES}) AS d(relname, polname, rolname, command, seen, written)
     WHERE (d.relname, d.polname, d.rolname, d.command) = (t.relname, p.polname, r.rolname, x.command)
       AND (d.seen, d.written) IS NOT DISTINCT FROM (x.seen, x.written))
UNION ALL SELECT format('%s may %s %s of %s, which is not declared', l.rolname, c.command, string_agg(a.attname, ', ' ORDER BY a.attname), t.relname)
  FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  CROSS JOIN pg_roles l CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE')) AS c(command)
 WHERE NOT l.rolsuper AND l.rolname IN ('app_admin', 'app_auth', 'app_dispatch', 'app_eraser', 'app_sealer') AND has_column_privilege(l.oid, t.oid, a.attnum, c.command)
   AND NOT (c.command = 'SELECT' AND (l.rolname = 'app_admin' OR (l.rolname = 'app_eraser' AND a.attname = 'tenant_id')))
   AND NOT EXISTS (SELECT FROM (VALUES ${GRANTS}) AS d(rolname, command, relname, attname)
     WHERE (d.rolname, d.command, d.relname) = (l.rolname, c.command, t.relname) AND d.attname IN ('*', a.attname))
 GROUP BY l.rolname, c.command, t.relname
UNION ALL SELECT format('%s may delete from %s, which is not declared', l.rolname, t.relname) FROM tables t CROSS JOIN pg_roles l
 WHERE NOT l.rolsuper AND l.rolname IN ('app_admin', 'app_auth', 'app_dispatch', 'app_sealer') AND has_table_privilege(l.oid, t.oid, 'DELETE')
   AND NOT EXISTS (SELECT FROM (VALUES ${DELETIONS}) AS d(rolname, relname) WHERE (d.rolname, d.relname) = (l.rolname, t.relname))
UNION ALL SELECT format('table %s has %s policies for the runtime or for everybody', t.relname, count(*))
  FROM pg_policy p JOIN tenant_tables t ON t.oid = p.polrelid WHERE 'app_runtime'::regrole = ANY (p.polroles) OR 0 = ANY (p.polroles)
 GROUP BY t.relname HAVING count(*) > 1
UNION ALL SELECT format('%s may %s on %s', l.rolname, p.privilege, t.relname) FROM tables t CROSS JOIN logins l
  CROSS JOIN (VALUES ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) AS p(privilege) WHERE has_table_privilege(l.oid, t.oid, p.privilege)
    OR (p.privilege = 'REFERENCES' AND has_any_column_privilege(l.oid, t.oid, p.privilege))
UNION ALL SELECT format('%s has a right on the partition %s', l.rolname, t.relname) FROM tables t CROSS JOIN logins l
 WHERE t.relispartition AND (has_table_privilege(l.oid, t.oid, 'DELETE') OR has_any_column_privilege(l.oid, t.oid, 'SELECT, INSERT, UPDATE'))
UNION ALL SELECT format('%s may change the global table %s', l.rolname, t.relname) FROM tables t CROSS JOIN logins l
 WHERE t.relname = ANY (${GLOBAL}) AND (has_table_privilege(l.oid, t.oid, 'DELETE') OR has_any_column_privilege(l.oid, t.oid, 'INSERT, UPDATE'))
UNION ALL SELECT format('%s may create in schema public', l.rolname) FROM logins l WHERE has_schema_privilege(l.oid, 'public', 'CREATE')
UNION ALL SELECT format('%s may create temporary tables', l.rolname) FROM logins l WHERE has_database_privilege(l.oid, current_database(), 'TEMP')
UNION ALL SELECT format('table %s does not belong to app_owner', relname) FROM tables WHERE relowner <> 'app_owner'::regrole
UNION ALL SELECT format('%s does not belong to app_auth', o.name) FROM (
    SELECT oid::regclass::text AS name, relowner AS owner FROM pg_class WHERE relnamespace = 'sec'::regnamespace AND relkind IN ('r', 'v')
    UNION ALL SELECT oid::regprocedure::text, proowner FROM pg_proc WHERE pronamespace = 'sec'::regnamespace) o WHERE o.owner <> 'app_auth'::regrole
UNION ALL SELECT format('%s is a view without security_invoker, a materialised view or a foreign table', c.relname) FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND (c.relkind IN ('m', 'f')
    OR (c.relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)))
UNION ALL SELECT format('function %s runs as its owner and has no search_path, or everybody may call it', p.oid::regprocedure) FROM pg_proc p
 WHERE p.prosecdef AND p.pronamespace IN ('public'::regnamespace, 'sec'::regnamespace)
   AND (NOT coalesce((SELECT bool_or(s LIKE 'search_path=%') FROM unnest(p.proconfig) s), false) OR has_function_privilege('public', p.oid, 'EXECUTE'))
UNION ALL SELECT format('role %s has rights beyond its own', rolname) FROM pg_roles
 WHERE rolname LIKE 'app\\_%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolinherit)
UNION ALL SELECT format('role %s is a member of %s', m.member::regrole, m.roleid::regrole) FROM pg_auth_members m
 WHERE m.member IN (SELECT oid FROM pg_roles WHERE rolname LIKE 'app\\_%')
   AND NOT (m.member = 'app_migrator'::regrole AND m.roleid IN ('app_owner'::regrole, 'app_auth'::regrole))
UNION ALL SELECT format('function %s is leakproof', p.oid::regprocedure) FROM pg_proc p WHERE p.proleakproof AND p.pronamespace <> 'pg_catalog'::regnamespace
UNION ALL SELECT format('the extension vector %s is below 0.8.0', extversion) FROM pg_extension
 WHERE extname = 'vector' AND string_to_array(extversion, '.')::int[] < '{0,8,0}'
UNION ALL SELECT format('the extension vector %s must not build indexes in parallel: set max_parallel_maintenance_workers = 0', extversion)
  FROM pg_extension WHERE extname = 'vector' AND string_to_array(extversion, '.')::int[] < '{0,8,2}' AND current_setting('max_parallel_maintenance_workers')::int > 0
UNION ALL SELECT format('policy migrate was left on %s', polrelid::regclass) FROM pg_policy WHERE polname = 'migrate'
ORDER BY 1 LIMIT 100`;

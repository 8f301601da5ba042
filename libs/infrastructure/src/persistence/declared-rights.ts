type Command = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';
type Role = 'app_admin' | 'app_auth' | 'app_dispatch' | 'app_eraser' | 'app_sealer';

/** A policy that lets a role at rows of more than one tenant. A condition as PostgreSQL prints it back; null: the policy has none. */
interface DeclaredPolicy {
  readonly table: string;
  readonly policy: string;
  readonly role: Role;
  readonly command: Command | 'ALL';
  readonly seen: string | null;
  readonly written: string | null;
}

/** Rights that such a role has besides; `*`: on every column. */
interface DeclaredGrant {
  readonly role: Role;
  readonly command: Exclude<Command, 'DELETE'>;
  readonly table: string;
  readonly columns: readonly string[];
}

const PLATFORM_PLACE = `(tenant_id = '00000000-0000-0000-0000-000000000000'::uuid)`;
const everywhere = { seen: 'true', written: 'true' };
const adding = (table: string): DeclaredPolicy => ({
  ...{ table, policy: 'admin_write', role: 'app_admin', command: 'INSERT', seen: null, written: 'true' },
});
const changing = (table: string): DeclaredPolicy => ({
  table,
  policy: 'admin_update',
  role: 'app_admin',
  command: 'UPDATE',
  ...everywhere,
});
const dispatching = (table: string): DeclaredPolicy => ({ table, policy: 'dispatch', role: 'app_dispatch', command: 'ALL', ...everywhere });
const sealing = (table: string): DeclaredPolicy => ({ table, policy: 'seal', role: 'app_sealer', command: 'ALL', ...everywhere });
const lookingUp = (table: string): DeclaredPolicy => ({
  ...{ table, policy: 'key_lookup', role: 'app_auth', command: 'SELECT', seen: 'true', written: null },
});
const sweeping = (table: string, seen: string): DeclaredPolicy => ({
  ...{ table, policy: 'sweep', role: 'app_dispatch', command: 'ALL', seen, written: null },
});

/** All of them, but for `admin_read`, which every tenant table has, and those of the eraser, which the lint compares by themselves. */
export const DECLARED_POLICIES: readonly DeclaredPolicy[] = [
  ...['administrators', 'api_keys', 'audit_events', 'audit_heads', 'tenant_stats', 'tenants'].map(adding),
  ...['administrators', 'api_keys', 'budgets', 'tenant_stats', 'tenants'].map(changing),
  { table: 'idempotency_keys', policy: 'platform_place', role: 'app_admin', command: 'ALL', seen: PLATFORM_PLACE, written: PLATFORM_PLACE },
  ...['jobs', 'outbox'].map(dispatching),
  { table: 'reservations', policy: 'dispatch', role: 'app_dispatch', command: 'SELECT', seen: 'true', written: null },
  sweeping('idempotency_keys', '(expires_at < clock_timestamp())'),
  sweeping('stream_tickets', `(expires_at < (clock_timestamp() - '01:00:00'::interval))`),
  ...['api_keys', 'tenants'].map(lookingUp),
  ...['audit_events', 'audit_heads'].map(sealing),
];

const granted = (role: Role, command: DeclaredGrant['command'], table: string, columns: string): DeclaredGrant => ({
  ...{ role, command, table, columns: columns.split(' ') },
});

/** All of them, but for what every tenant table has: `app_admin` reads it, and the eraser its `tenant_id`. */
export const DECLARED_GRANTS: readonly DeclaredGrant[] = [
  granted('app_admin', 'INSERT', 'administrators', '*'),
  granted('app_admin', 'UPDATE', 'administrators', 'revoked_at'),
  granted('app_admin', 'INSERT', 'api_keys', '*'),
  granted('app_admin', 'UPDATE', 'api_keys', '*'),
  granted('app_admin', 'INSERT', 'audit_events', 'tenant_id subject_id canon'),
  granted('app_admin', 'INSERT', 'audit_heads', '*'),
  granted('app_admin', 'UPDATE', 'budgets', '*'),
  granted('app_admin', 'INSERT', 'idempotency_keys', '*'),
  granted('app_admin', 'UPDATE', 'idempotency_keys', '*'),
  granted('app_admin', 'INSERT', 'tenant_stats', '*'),
  granted('app_admin', 'UPDATE', 'tenant_stats', 'corpus_epoch'),
  granted('app_admin', 'INSERT', 'tenants', '*'),
  granted('app_admin', 'UPDATE', 'tenants', '*'),
  granted('app_auth', 'SELECT', 'api_keys', 'tenant_id id lookup_id name digest scopes expires_at not_after revoked_at'),
  granted('app_auth', 'SELECT', 'tenants', 'id is_active deleted_at settings'),
  granted('app_dispatch', 'SELECT', 'idempotency_keys', 'expires_at'),
  granted(
    'app_dispatch',
    'SELECT',
    'jobs',
    'tenant_id id kind state epoch due deadline_at lease_until rung_at settled_at dispatch_no unclean',
  ),
  granted('app_dispatch', 'UPDATE', 'jobs', 'state epoch rung_at dispatch_no error_code'),
  granted('app_dispatch', 'SELECT', 'outbox', 'tenant_id id created_at sent_at'),
  granted('app_dispatch', 'SELECT', 'reservations', 'tenant_id id state expires_at'),
  granted('app_dispatch', 'SELECT', 'stream_tickets', 'expires_at'),
  granted('app_eraser', 'INSERT', 'audit_events', 'tenant_id subject_id canon'),
  granted('app_eraser', 'SELECT', 'reservations', 'state'),
  granted(
    'app_eraser',
    'SELECT',
    'tenants',
    'id deleted_at deletion_id erased_at erasure_horizon erasure_lease_until purged_at retain_until',
  ),
  granted('app_eraser', 'UPDATE', 'tenants', 'erased_at erasure_horizon erasure_lease_until purged_at'),
  granted('app_sealer', 'SELECT', 'audit_events', '*'),
  granted('app_sealer', 'UPDATE', 'audit_events', 'seq prev hash'),
  granted('app_sealer', 'SELECT', 'audit_heads', '*'),
  granted('app_sealer', 'UPDATE', 'audit_heads', 'seq hash'),
];

/** Who may delete what; the eraser wherever a deleted tenant left something. */
export const DECLARED_DELETIONS: readonly (readonly [Role, string])[] = [
  ['app_admin', 'idempotency_keys'],
  ['app_dispatch', 'idempotency_keys'],
  ['app_dispatch', 'stream_tickets'],
];

/** Roles that the running system acts as now (sealing comes later); what each may do is decided in deploy/bootstrap.sql and the migrations. */
export const DATABASE_ROLES = ['app_runtime', 'app_admin', 'app_dispatch', 'app_eraser'] as const;
export type DatabaseRole = (typeof DATABASE_ROLES)[number];

export const SCOPES = ['documents:read', 'documents:write', 'query', 'usage:read', 'audit:read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** A tenant's first key can do everything but administer. */
export const FIRST_KEY_SCOPES: readonly Scope[] = SCOPES.filter((scope) => scope !== 'admin');

import { TenantGone } from '@aegis/domain/shared/access-errors';

/** A tenant was deleted: there is nothing to do for it. */
export function nothingOfTheDeleted(error: unknown): null {
  if (error instanceof TenantGone) return null;
  throw error;
}

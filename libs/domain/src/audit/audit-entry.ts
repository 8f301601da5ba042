import type { Actor } from '../shared/domain-event';
import type { Json } from '../shared/canonical-json';

/** One line of a tenant's audit trail: ids, counts and digests, never text, so that deleting content breaks no chain. */
export interface AuditEntry {
  readonly type: string;
  readonly at: Date;
  readonly actor: Actor;
  /** What it is about: a query, a document, a key, a tenant. */
  readonly subjectId: string;
  readonly details: { readonly [key: string]: Json };
}

/** The value whose canonical bytes are stored and later hashed. */
export const canonicalEntry = (entry: AuditEntry): Json => ({
  v: 1,
  type: entry.type,
  at: entry.at.toISOString(),
  actor: { ...entry.actor },
  subject_id: entry.subjectId,
  details: entry.details,
});

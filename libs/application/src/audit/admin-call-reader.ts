import type { Json } from '@aegis/domain/shared/canonical-json';
import type { Page, PageRequest } from '../shared/page';

/** An entry of the platform's own trail, as it was written. */
export interface PlatformAuditEntry {
  readonly type: string;
  readonly at: string;
  readonly actor: { readonly [key: string]: Json };
  readonly subjectId: string;
  readonly details: { readonly [key: string]: Json };
}

/** The platform's trail: calls of administrators that concern no tenant that exists. Those that concern one are in its trail. */
export abstract class AdminCallReader {
  abstract list(page: PageRequest): Promise<Page<PlatformAuditEntry>>;
}

import type { EntitySchema } from 'typeorm';
import { DocumentTable } from '../documents/document-row';
import { ApiKeyTable } from '../tenants/api-key-row';
import { TenantTable } from '../tenants/tenant-row';

/** Tables that commands load and store as a whole; everything else is SQL. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- TypeORM's own type of a list of schemas of different rows
export const entities: EntitySchema<any>[] = [TenantTable, ApiKeyTable, DocumentTable];

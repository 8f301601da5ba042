import type { EntitySchema } from 'typeorm';
import { AdministratorTable } from '../administrators/administrator-row';
import { DocumentTable } from '../documents/document-row';
import { ApiKeyTable } from '../tenants/api-key-row';
import { TenantTable } from '../tenants/tenant-row';

/** Tables that commands load and store as a whole; everything else is SQL. */
export const entities: EntitySchema[] = [TenantTable, ApiKeyTable, AdministratorTable, DocumentTable];

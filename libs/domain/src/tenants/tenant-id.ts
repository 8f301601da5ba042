import { uuid } from '../shared/uuid';
import type { Brand } from '../shared/brand';

export type TenantId = Brand<string, 'TenantId'>;
export const TenantId = uuid('TenantId');

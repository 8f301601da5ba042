import { uuid } from '../shared/uuid';
import type { Brand } from '../shared/brand';

export type AdministratorId = Brand<string, 'AdministratorId'>;
export const AdministratorId = uuid('AdministratorId');

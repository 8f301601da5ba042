import { uuid } from '../shared/uuid';
import type { Brand } from '../shared/brand';

export type QueryId = Brand<string, 'QueryId'>;
export const QueryId = uuid('QueryId');

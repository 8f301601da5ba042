import { uuid } from '../shared/uuid';
import type { Brand } from '../shared/brand';

export type DocumentId = Brand<string, 'DocumentId'>;
export const DocumentId = uuid('DocumentId');

import { uuid } from '../shared/uuid';
import type { Brand } from '../shared/brand';

export type ApiKeyId = Brand<string, 'ApiKeyId'>;
export const ApiKeyId = uuid('ApiKeyId');

import type { Brand } from '../shared/brand';
import { uuid } from '../shared/uuid';

export type JobId = Brand<string, 'JobId'>;
export const JobId = uuid('JobId');

import { ADMIN_OPERATIONS } from './admin-operations';
import { DOCUMENT_OPERATIONS } from './document-operations';
import type { Operation } from './operation';
import { QUERY_OPERATIONS } from './query-operations';

/** One generator for every operation of the OpenAPI document: an operation without one fails the proof. */
export const OPERATIONS: Readonly<Record<string, Operation>> = { ...DOCUMENT_OPERATIONS, ...QUERY_OPERATIONS, ...ADMIN_OPERATIONS };

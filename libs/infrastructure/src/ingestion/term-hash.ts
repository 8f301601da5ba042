import { createHash } from 'node:crypto';

/** A term as the postings know it: the first 8 bytes of its SHA-256 as a signed int8, in decimal. */
export const termHash = (term: string): string => createHash('sha256').update(term).digest().readBigInt64BE(0).toString();

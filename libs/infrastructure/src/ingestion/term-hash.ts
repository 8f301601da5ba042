import { hash } from 'node:crypto';

/** A term as the postings know it: the first 8 bytes of its SHA-256 as a signed int8, in decimal. */
export const termHash = (term: string): string => hash('sha256', term, 'buffer').readBigInt64BE(0).toString();

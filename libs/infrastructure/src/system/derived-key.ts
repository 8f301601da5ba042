import { hkdfSync } from 'node:crypto';

/** A key of its own for each purpose, all from the one secret of the deployment (HKDF-SHA-256, 32 bytes). */
export const derivedKey = (secret: string, label: string): Buffer => Buffer.from(hkdfSync('sha256', secret, 'aegis', label, 32));

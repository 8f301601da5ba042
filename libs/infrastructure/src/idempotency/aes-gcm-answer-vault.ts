import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { AnswerVault } from '@aegis/application/shared/answer-vault';

const CIPHER = 'aes-256-gcm';
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `version (1) ‖ nonce (12) ‖ tag (16) ‖ ciphertext`; the place is authenticated with it. */
export class AesGcmAnswerVault extends AnswerVault {
  /** 32 bytes. */
  constructor(private readonly key: Buffer) {
    super();
  }

  digest(text: string): Uint8Array {
    return createHash('sha256').update(text).digest();
  }

  seal(place: string, text: string): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.from([VERSION]), nonce, cipher.getAuthTag(), sealed]);
  }

  open(place: string, sealed: Uint8Array): string {
    const bytes = Buffer.from(sealed);
    const [nonceEnd, tagEnd] = [1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES];
    if (bytes[0] !== VERSION || bytes.length < tagEnd) throw new Error('a kept answer has an unknown form');
    const decipher = createDecipheriv(CIPHER, this.key, bytes.subarray(1, nonceEnd), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(nonceEnd, tagEnd));
    return Buffer.concat([decipher.update(bytes.subarray(tagEnd)), decipher.final()]).toString('utf8');
  }
}

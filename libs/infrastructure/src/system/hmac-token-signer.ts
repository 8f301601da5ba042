import { createHmac, timingSafeEqual } from 'node:crypto';
import { TokenSigner } from '@aegis/application/shared/token-signer';

/** `base64url(payload).base64url(HMAC-SHA-256(purpose NUL payload))`. */
export class HmacTokenSigner extends TokenSigner {
  constructor(private readonly key: Buffer) {
    super();
  }

  sign(purpose: string, payload: string): string {
    return `${Buffer.from(payload, 'utf8').toString('base64url')}.${this.signature(purpose, payload).toString('base64url')}`;
  }

  verify(purpose: string, token: string): string | null {
    const [body = '', signature = '', ...rest] = token.split('.');
    const payload = Buffer.from(body, 'base64url').toString('utf8');
    const presented = Buffer.from(signature, 'base64url');
    const expected = this.signature(purpose, payload);
    if (rest.length > 0 || presented.length !== expected.length || !timingSafeEqual(presented, expected)) return null;
    // base64url has several spellings of the same bytes: only the one that was handed out is taken back.
    return this.sign(purpose, payload) === token ? payload : null;
  }

  private signature(purpose: string, payload: string): Buffer {
    return createHmac('sha256', this.key).update(`${purpose}\0${payload}`).digest();
  }
}

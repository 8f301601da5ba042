import { createHmac, randomInt } from 'node:crypto';
import { KeyMint } from '@aegis/application/tenants/key-mint';
import { ApiKeyText, BASE62, LOOKUP_ID_LENGTH, SECRET_LENGTH, type ApiKeyMode } from '@aegis/domain/shared/api-key-text';

/** 43 base62 characters are 256 bits; the digest is HMAC-SHA-256 under the deployment's pepper. */
export class HmacKeyMint extends KeyMint {
  constructor(private readonly pepper: Buffer) {
    super();
  }

  mint(mode: ApiKeyMode): ApiKeyText {
    return ApiKeyText.compose(mode, randomText(LOOKUP_ID_LENGTH), randomText(SECRET_LENGTH));
  }

  digest(key: ApiKeyText): Uint8Array {
    return createHmac('sha256', this.pepper).update(key).digest();
  }
}

const randomText = (length: number): string => Array.from({ length }, () => BASE62.charAt(randomInt(BASE62.length))).join('');

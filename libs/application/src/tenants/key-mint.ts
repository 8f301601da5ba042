import type { ApiKeyMode, ApiKeyText } from '@aegis/domain/tenants/api-key-text';

/** Makes keys (256 bits of secret) and the keyed digests by which they are recognised. */
export abstract class KeyMint {
  abstract mint(mode: ApiKeyMode): ApiKeyText;
  abstract digest(key: ApiKeyText): Uint8Array;
}

import { ApiKeyText, type ApiKeyMode } from '@aegis/domain/shared/api-key-text';

/** A new key, and what is kept of it. */
export interface MintedKey {
  readonly text: ApiKeyText;
  readonly stored: { readonly mode: ApiKeyMode; readonly lookupId: string; readonly digest: Uint8Array };
}

/** Makes keys (256 bits of secret) and the keyed digests by which they are recognised. */
export abstract class KeyMint {
  abstract mint(mode: ApiKeyMode): ApiKeyText;
  abstract digest(key: ApiKeyText): Uint8Array;

  make(mode: ApiKeyMode): MintedKey {
    const text = this.mint(mode);
    return { text, stored: { mode, lookupId: ApiKeyText.lookupId(text), digest: this.digest(text) } };
  }
}

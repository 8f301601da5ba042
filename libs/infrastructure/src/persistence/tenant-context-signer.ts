import { createHmac } from 'node:crypto';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';

const BLOCK_BYTES = 64;

/** The tenant context that the database believes: `kid.unixSeconds.hex(HMAC-SHA-256(key, "v1|tenant|unixSeconds"))`, good for 15 minutes. */
export class TenantContextSigner {
  /** Of the second `signedAt`, by tenant: each of its transactions begins with one. */
  private readonly signed = new Map<TenantId, string>();
  private signedAt = 0;

  /** `clockOffsetMs`: database time minus ours, learned at connect. */
  constructor(
    private readonly kid: number,
    private readonly key: Buffer,
    public clockOffsetMs = 0,
  ) {}

  sign(tenantId: TenantId): string {
    const at = Math.floor((Date.now() + this.clockOffsetMs) / 1000);
    if (at !== this.signedAt) this.signed.clear();
    this.signedAt = at;
    const known = this.signed.get(tenantId);
    if (known !== undefined) return known;
    const digest = createHmac('sha256', this.key).update(`v1|${tenantId}|${at}`).digest('hex');
    const signature = `${this.kid}.${at}.${digest}`;
    this.signed.set(tenantId, signature);
    return signature;
  }

  /** What `sec.context_key` holds: the key as its two HMAC pads. */
  pads(): { readonly kid: number; readonly ipad: Buffer; readonly opad: Buffer } {
    const padded = Buffer.concat([this.key], BLOCK_BYTES);
    return { kid: this.kid, ipad: padded.map(xor(0x36)) as Buffer, opad: padded.map(xor(0x5c)) as Buffer };
  }
}

const xor = (mask: number) => (byte: number) => byte ^ mask;

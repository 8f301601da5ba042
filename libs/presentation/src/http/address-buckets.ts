import { isIPv6 } from 'node:net';

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Token buckets by network address, in this process alone: whoever floods from one address must not cost another system a call, and no
 * address is written down anywhere. Bounded: the address that was not seen for longest is forgotten.
 */
export class AddressBuckets {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly ratePerSecond: number,
    private readonly burst: number,
    private readonly now: () => number = () => performance.now(),
    private readonly maxAddresses = 20_000,
  ) {}

  /** Seconds to wait, rounded up; 0: may go on. Takes nothing. */
  waitOf(address: string): number {
    const tokens = this.tokensOf(groupOf(address));
    return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / this.ratePerSecond);
  }

  /** Takes one, where there is one. Seconds to wait, rounded up; 0: had one. */
  take(address: string): number {
    const group = groupOf(address);
    const tokens = this.tokensOf(group);
    this.buckets.delete(group); // to the end: a Map keeps the order of insertion
    this.buckets.set(group, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: this.now() });
    if (this.buckets.size > this.maxAddresses) this.forgetOldest();
    return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / this.ratePerSecond);
  }

  private tokensOf(group: string): number {
    const bucket = this.buckets.get(group);
    if (bucket === undefined) return this.burst;
    return Math.min(this.burst, bucket.tokens + ((this.now() - bucket.at) / 1_000) * this.ratePerSecond);
  }

  private forgetOldest(): void {
    for (const oldest of this.buckets.keys()) {
      this.buckets.delete(oldest);
      return;
    }
  }
}

/** An IPv6 subscriber has a whole /64 to choose from: it counts as one address. IPv4, also written as IPv6, counts as it is. */
export function groupOf(address: string): string {
  const [plain = ''] = address.split('%', 1);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::', 2);
  const words = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - words.length - rest.length - (plain.includes('.') ? 1 : 0);
  const all = [...words, ...Array.from({ length: missing }, () => '0'), ...rest];
  return `${all
    .slice(0, 4)
    .map((word) => Number.parseInt(word, 16).toString(16))
    .join(':')}::/64`;
}

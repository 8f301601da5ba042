import { withDeadline } from '@aegis/application/shared/with-deadline';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Redis } from 'ioredis';

export interface Script {
  readonly text: string;
  readonly digest: string;
}

export const script = (text: string): Script => ({ text, digest: createHash('sha1').update(text).digest('hex') });

const CONNECT_TIMEOUT_MS = 2_000;
const RECONNECT_MS = 500;

/** A connection of its own on which nothing ever waits: no queue while Redis is away, no second try, and a short limit on every answer. */
export class RedisScripts {
  private readonly redis: Redis;

  constructor(
    url: string,
    private readonly timeoutMs: number,
  ) {
    this.redis = new Redis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      connectTimeout: CONNECT_TIMEOUT_MS,
      retryStrategy: () => RECONNECT_MS,
      enableReadyCheck: true,
    });
    this.redis.on('error', () => undefined); // every call says so itself
  }

  /** By digest; the text goes along only when Redis has forgotten it. */
  async run(script: Script, key: string, ...args: readonly (string | number)[]): Promise<unknown> {
    return this.inTime(async () => {
      try {
        return await this.redis.evalsha(script.digest, 1, key, ...args);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return await this.redis.eval(script.text, 1, key, ...args);
      }
    });
  }

  /** Resolves when Redis can be asked, or when that takes too long. */
  async opened(): Promise<void> {
    if (this.redis.status === 'ready') return;
    await withDeadline(CONNECT_TIMEOUT_MS, (signal) => once(this.redis, 'ready', { signal })).catch(() => undefined);
  }

  /** For a connection that is open and silent: its other end may be gone without having said so. */
  reopen(): void {
    this.redis.disconnect(true);
  }

  close(): void {
    this.redis.disconnect();
  }

  private async inTime<T>(work: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        // An answer that came while this process was busy is read before this runs: only Redis can be too late, not we.
        setImmediate(() => reject(new Error(`no answer from Redis in ${this.timeoutMs} ms`)));
      }, this.timeoutMs);
    });
    try {
      return await Promise.race([work(), tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }
}

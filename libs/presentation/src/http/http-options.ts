import type { AdminCallLog } from '@aegis/application/shared/admin-call-log';
import type { Identified } from '@aegis/application/shared/administrator';
import type { Caller } from '@aegis/application/shared/caller';
import type { Log } from '@aegis/application/shared/log';
import type { Metrics } from '@aegis/application/shared/metrics';
import type { RateLimiter } from '@aegis/application/shared/rate-limiter';
import type { TraceContext } from '@aegis/application/shared/trace-context';
import type { KeyStanding } from '@aegis/application/shared/key-standing';
import type { OpenStreams } from './open-streams';

interface RedeemedTicket {
  readonly caller: Caller;
  readonly body: Readonly<Record<string, unknown>>;
  readonly giveBack: () => Promise<void>;
}

/** What the HTTP layer needs of the rest; shapes only, so that it knows no feature. */
export interface HttpOptions {
  /** Null: this is no credential of an administrator; a tenant's key it may be. */
  readonly administrators: { identify(presented: string): Promise<Identified | null> };
  readonly adminCalls: AdminCallLog;
  readonly authenticator: { authenticate(presentedKey: string, beforeLookUp?: () => void): Promise<Caller> };
  readonly keyStanding: KeyStanding;
  readonly tickets: { execute(ticket: string, beforeLookUp?: () => void): Promise<RedeemedTicket> };
  readonly rateLimiter: RateLimiter;
  /** Requests a second for a tenant that has no rate of its own. */
  readonly rateLimitRps: number;
  /** Whoever reads waits no longer for an answer. */
  readonly readTimeoutMs: number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly traces: TraceContext;
  readonly openStreams: OpenStreams;
}

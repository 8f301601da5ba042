export type HealthStatus = 'ok' | 'degraded' | 'failed';

/** What AEGIS cannot do all of its work without. */
export const HEALTH_CHECKS = ['database', 'queue', 'embedding_model', 'llm', 'storage'] as const;
export type HealthCheckName = (typeof HEALTH_CHECKS)[number];

export interface HealthCheck {
  readonly status: HealthStatus;
  readonly latencyMs: number;
  /** One plain sentence for an operator, without addresses or secrets; null when there is nothing to say. */
  readonly detail: string | null;
}

export interface HealthReport {
  readonly status: HealthStatus;
  /** False only where a query could not even be searched: what decides whether traffic may come. */
  readonly servesQueries: boolean;
  readonly checks: Readonly<Record<HealthCheckName, HealthCheck>>;
}

/** Looks at every part, all at once and bounded in time; a report may be a second or two old. Never throws. */
export abstract class HealthReader {
  abstract read(): Promise<HealthReport>;
}

import { HealthReader, type HealthCheck, type HealthReport } from '@aegis/application/health/health-reader';
import type { EmbeddingModel } from '@aegis/application/providers/embedding-model';
import type { LanguageModel } from '@aegis/application/providers/language-model';
import type { JobQueue } from '@aegis/application/shared/job-queue';
import type { ObjectStore } from '@aegis/application/shared/object-store';
import { withDeadline } from '@aegis/application/shared/with-deadline';
import type { Connections } from '../persistence/connections';

const TIMEOUT_MS = 2_000;
/** Anybody may ask as often as he likes: that must not cost a connection, an embedding, a call of the model and a file each time. */
const FRESH_MS = 1_500;

/** Asks every part, at the same time and not for long. Queries need the database; everything else only makes answers poorer or later. */
export class SystemHealthReader extends HealthReader {
  private running: Promise<HealthReport> | null = null;
  private latest: { readonly report: HealthReport; readonly at: number } | null = null;

  /** `now` in milliseconds from any start, never going back. */
  constructor(
    private readonly connections: Pick<Connections, 'transaction'>,
    private readonly queue: Pick<JobQueue, 'check'>,
    private readonly embeddingModel: Pick<EmbeddingModel, 'check'>,
    private readonly languageModel: Pick<LanguageModel, 'check'>,
    private readonly objects: Pick<ObjectStore, 'check'>,
    private readonly now: () => number = () => performance.now(),
  ) {
    super();
  }

  /** One examination at a time, for all who ask meanwhile; its report is good for a while. */
  async read(): Promise<HealthReport> {
    if (this.latest !== null && this.now() - this.latest.at < FRESH_MS) return this.latest.report;
    this.running ??= this.examineAll().finally(() => (this.running = null));
    return this.running;
  }

  private async examineAll(): Promise<HealthReport> {
    const ping = () => this.connections.transaction('app_runtime', (manager) => manager.query<unknown>('SELECT 1'), { readOnly: true });
    const [database, queue, embeddingModel, llm, storage] = await Promise.all([
      examine(ping, 'failed'),
      examine(() => this.queue.check(), 'degraded'),
      examine((signal) => this.embeddingModel.check(signal), 'degraded'),
      examine((signal) => this.languageModel.check(signal), 'degraded'),
      examine(() => this.objects.check(), 'degraded'),
    ]);
    const checks = { database, queue, embedding_model: embeddingModel, llm, storage };
    const all = Object.values(checks).map(({ status }) => status);
    const status = all.includes('failed') ? 'failed' : all.includes('degraded') ? 'degraded' : 'ok';
    const report: HealthReport = { status, servesQueries: database.status !== 'failed', checks };
    this.latest = { report, at: this.now() };
    return report;
  }
}

async function examine(check: (signal: AbortSignal) => Promise<unknown>, whenItFails: 'degraded' | 'failed'): Promise<HealthCheck> {
  const startedAt = performance.now();
  const latencyMs = () => Math.round(performance.now() - startedAt);
  try {
    await withDeadline(TIMEOUT_MS, (signal) => {
      const tooLong = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true });
      });
      return Promise.race([check(signal), tooLong]);
    });
    return { status: 'ok', latencyMs: latencyMs(), detail: null };
  } catch {
    // Which part fails is all that a caller without credentials may learn; the part itself logs why.
    return { status: whenItFails, latencyMs: latencyMs(), detail: 'not available' };
  }
}

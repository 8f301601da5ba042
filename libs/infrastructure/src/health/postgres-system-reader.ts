import { SystemReader, type RegisteredEmbeddingModel, type SystemReport } from '@aegis/application/health/system-reader';
import type { Connections } from '../persistence/connections';

/** What the process knows of itself. */
export type OwnFacts = Pick<SystemReport, 'profile' | 'languageModels' | 'reranker'> & {
  readonly version: string;
  /** Names of the embedding models that are open here. */
  readonly openModels: readonly string[];
};

interface Facts {
  readonly postgresql: string;
  readonly pgvector: string;
  readonly schema: string;
  readonly queued: number;
  readonly running: number;
  readonly failed: number;
  readonly quarantined: number;
  readonly oldest: Date | null;
}

interface ModelRow {
  readonly name: string;
  readonly dimensions: number;
  readonly state: 'ready' | 'building' | 'retired';
}

/** Two small indexes hold what is open and what failed: what ended well, which is nearly all, is not read. */
const FACTS = `
  SELECT split_part(current_setting('server_version'), ' ', 1) AS postgresql, (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS pgvector,
         (SELECT name FROM migrations ORDER BY id DESC LIMIT 1) AS schema,
         (SELECT count(*)::int FROM jobs WHERE state IN ('queued', 'running') AND state = 'queued') AS queued,
         (SELECT count(*)::int FROM jobs WHERE state IN ('queued', 'running') AND state = 'running') AS running,
         (SELECT count(*)::int FROM jobs WHERE state IN ('failed', 'quarantined') AND state = 'failed') AS failed,
         (SELECT count(*)::int FROM jobs WHERE state IN ('failed', 'quarantined') AND state = 'quarantined') AS quarantined,
         (SELECT min(due) FROM jobs WHERE state IN ('queued', 'running') AND state = 'queued' AND due <= clock_timestamp()) AS oldest`;

/** The database as `app_admin` sees it, and this process. */
export class PostgresSystemReader extends SystemReader {
  constructor(
    private readonly connections: Connections,
    private readonly own: OwnFacts,
    private readonly startedAt: Date,
  ) {
    super();
  }

  async read(): Promise<SystemReport> {
    const { facts, models } = await this.connections.transaction(
      'app_admin',
      async (manager) => ({
        facts: await manager.query<[Facts]>(FACTS),
        models: await manager.query<ModelRow[]>('SELECT name, dims AS dimensions, state FROM embedding_models ORDER BY model_version'),
      }),
      { readOnly: true },
    );
    const [{ postgresql, pgvector, schema, oldest, queued, running, failed, quarantined }] = facts;
    const { version, openModels, ...own } = this.own;
    return {
      ...own,
      startedAt: this.startedAt,
      uptimeSeconds: Math.floor(process.uptime()),
      versions: { aegis: version, node: process.versions.node, postgresql, pgvector, schema },
      embeddingModels: models.map((row) => modelOf(row, openModels)),
      jobs: { queued, running, failed, quarantined, oldestWaitingSince: oldest },
    };
  }
}

const modelOf = ({ name, dimensions, state }: ModelRow, open: readonly string[]): RegisteredEmbeddingModel => ({
  name,
  dimensions,
  state: state === 'ready' ? 'serving' : state,
  isConfigured: open.includes(name),
});

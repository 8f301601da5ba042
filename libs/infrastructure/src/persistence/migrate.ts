import { readFile } from 'node:fs/promises';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { Tenants20260101120000 } from '../../../../migrations/20260101120000-tenants';
import { Documents20260101120100 } from '../../../../migrations/20260101120100-documents';
import { Jobs20260101120200 } from '../../../../migrations/20260101120200-jobs';
import { Accounting20260101120300 } from '../../../../migrations/20260101120300-accounting';
import { ApiKeyUse20261121150000 } from '../../../../migrations/20261121150000-api-key-use';
import { Idempotency20261121152000 } from '../../../../migrations/20261121152000-idempotency';
import { TenantErasure20261121153000 } from '../../../../migrations/20261121153000-tenant-erasure';
import { Administrators20261121154000 } from '../../../../migrations/20261121154000-administrators';
import { IdempotencyDocuments20261121155500 } from '../../../../migrations/20261121155500-idempotency-documents';
import { TokenWindow20261121160000 } from '../../../../migrations/20261121160000-token-window';
import { ExpiredTickets20261121173000 } from '../../../../migrations/20261121173000-expired-tickets';
import { QueryReplay20261121190500 } from '../../../../migrations/20261121190500-query-replay';
import { SeveralModels20261121191000 } from '../../../../migrations/20261121191000-several-models';
import { ChunkTokens20261121191500 } from '../../../../migrations/20261121191500-chunk-tokens';
import { JobAdministration20261121214000 } from '../../../../migrations/20261121214000-job-administration';
import { PostingSegments20261121221000 } from '../../../../migrations/20261121221000-posting-segments';
import { TermsVersion20261121222000 } from '../../../../migrations/20261121222000-terms-version';
import { RerankingUsage20261121223000 } from '../../../../migrations/20261121223000-reranking-usage';
import { RerankingTokens20261122100000 } from '../../../../migrations/20261122100000-reranking-tokens';
import { VerifiedTenantPlans20261122200000 } from '../../../../migrations/20261122200000-verified-tenant-plans';
import { dataSource, SOCKET } from './connections';
import type { TenantContextSigner } from './tenant-context-signer';
import type { ActiveModel } from './active-model';
import { registerModels } from './register-models';
import { buildVectorIndex } from './vector-index';

const MIGRATIONS: (new () => MigrationInterface)[] = [
  Tenants20260101120000,
  Documents20260101120100,
  Jobs20260101120200,
  Accounting20260101120300,
  Idempotency20261121152000,
  ApiKeyUse20261121150000,
  TenantErasure20261121153000,
  Administrators20261121154000,
  IdempotencyDocuments20261121155500,
  TokenWindow20261121160000,
  ExpiredTickets20261121173000,
  QueryReplay20261121190500,
  SeveralModels20261121191000,
  ChunkTokens20261121191500,
  JobAdministration20261121214000,
  PostingSegments20261121221000,
  TermsVersion20261121222000,
  RerankingUsage20261121223000,
  RerankingTokens20261122100000,
  VerifiedTenantPlans20261122200000,
];

/** The database as the tables' owner, who sees no row of a tenant. */
export type OwnerSource = DataSource;

export interface RegisteredModel {
  readonly name: string;
  readonly digest: string;
  readonly dimensions: number;
}

/** Roles, extension and schema `sec`, by a superuser, once; `passwords` by role name. */
export async function bootstrap(url: string, scriptPath: string, passwords: Readonly<Record<string, string>>): Promise<void> {
  const script = await readFile(scriptPath, 'utf8');
  const client = new Client(url.startsWith(SOCKET) ? { host: url.slice(SOCKET.length), user: 'postgres', database: 'postgres' } : url);
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(script);
    for (const [role, password] of Object.entries(passwords)) {
      await client.query(`ALTER ROLE ${escapeIdentifier(role)} PASSWORD ${escapeLiteral(password)}`);
    }
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

/**
 * All migrations that are missing, each in a transaction, as `app_owner`; then the key of the tenant context, the models and, natively,
 * the index of the vectors that are searched. Repeatable.
 */
export async function migrate(url: string, signer: TenantContextSigner, models: readonly RegisteredModel[]): Promise<readonly string[]> {
  const source = await ownerSource(url).initialize();
  try {
    // On native the login has this role already; on the embedded engine the session is shared, and reset below.
    await source.query('SET ROLE app_owner');
    const done = await source.runMigrations({ transaction: 'each' });
    await source.query('SET ROLE app_auth');
    await storeContextKey(source, signer);
    await source.query('SET ROLE app_owner');
    // The embedded engine pays for each insert into an index with milliseconds: only once a tenant is large (`indexVectors`).
    await registerModels(source, models, !url.startsWith(SOCKET));
    await source.query('RESET ROLE');
    return done.map((migration) => migration.name);
  } finally {
    await source.destroy();
  }
}

/**
 * Of the embedded engine: builds the index of a model's vectors where it is missing. Nothing else runs meanwhile, and each vector takes
 * milliseconds: at a start, not beside requests.
 */
export async function indexVectors(url: string, model: ActiveModel): Promise<void> {
  const source = await ownerSource(url).initialize();
  try {
    await source.query('SET ROLE app_owner');
    await buildVectorIndex(source, model, 'vector');
    await source.query('RESET ROLE; RESET maintenance_work_mem');
  } finally {
    await source.destroy();
  }
}

/** One connection, so that its role holds for every statement. */
export function ownerSource(url: string): OwnerSource {
  const { options } = dataSource(url, 1);
  return new DataSource({ ...options, entities: [], migrations: MIGRATIONS });
}

async function storeContextKey(source: DataSource, signer: TenantContextSigner): Promise<void> {
  const { kid, ipad, opad } = signer.pads();
  await source.query(
    'INSERT INTO sec.context_key (kid, ipad, opad) VALUES ($1, $2, $3) ON CONFLICT (kid) DO UPDATE SET ipad = EXCLUDED.ipad, opad = EXCLUDED.opad',
    [kid, ipad, opad],
  );
}

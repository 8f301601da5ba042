import type { FoundChunk } from '@aegis/application/retrieval/chunk-reader';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { ONE_PLAN } from '@aegis/infrastructure/persistence/connections';
import type { RegisteredModel } from '@aegis/infrastructure/persistence/migrate';
import { parametersOf } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { searchSql } from '@aegis/infrastructure/retrieval/search-sql';
import { INDEX_SETTINGS_SQL } from '@aegis/infrastructure/retrieval/vector-routing';
import { contextSigner } from '@aegis/infrastructure/wiring/database-platform';
import { escapeLiteral, type Client } from 'pg';
import { openProductDatabase, productSettings } from './product-database';

/** As AEGIS keeps its plans: one for all tenants. */
export const ONE_PLAN_SETTINGS = Object.entries(ONE_PLAN).map(([name, value]) => `${name} = ${escapeLiteral(value)}`);

/** The search of AEGIS, unfiltered and of the present. */
export interface SearchStatements {
  readonly exact: string;
  readonly index: string;
  readonly exactMaxChunks: number;
}

/** As the product would ask, which is looked up once. */
export async function searchStatements(registered: RegisteredModel): Promise<SearchStatements> {
  const database = await openProductDatabase(registered);
  const { version: modelVersion, dimensions } = database.model;
  const { vectorType, exactMaxChunks } = database.routing;
  await database.close();
  const shape = { asOf: false, filtered: false, modelVersion, dimensions, vectorType };
  return { exact: searchSql({ ...shape, exact: true }), index: searchSql({ ...shape, exact: false }), exactMaxChunks };
}

export interface BareQuery {
  readonly tenantId: TenantId;
  /** Of the text leg; none: nothing is looked for in it. */
  readonly terms?: readonly string[];
  readonly vector: Float32Array;
  readonly depth: number;
  readonly exact: boolean;
}

/** The statement, kept on its connection as AEGIS keeps it. */
export function bareStatement(statements: SearchStatements, { tenantId, terms = [], vector, depth, exact }: BareQuery) {
  const asked = { tenantId, vector, terms, filter: NO_FILTER, asOf: { validAt: null, knownAt: null }, depth, exact };
  const [name, text] = exact ? ['exact', statements.exact] : ['index', statements.index];
  return { name, text, values: parametersOf(asked, null, 1) };
}

/** It on a connection of the runtime role, with the tenant signed for the policy: three messages of bare `pg`. */
export class BareSearch {
  private readonly signer = contextSigner(productSettings().secretKey);

  constructor(
    private readonly client: Client,
    private readonly statements: SearchStatements,
  ) {}

  async search(query: BareQuery): Promise<readonly FoundChunk[]> {
    await this.client.query(this.opening(query));
    const { rows } = await this.client.query<FoundChunk>(bareStatement(this.statements, query));
    await this.client.query('COMMIT');
    return rows;
  }

  private opening({ tenantId, exact }: BareQuery): string {
    return [
      'START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY',
      `SET LOCAL app.tenant_id = ${escapeLiteral(tenantId)}`,
      `SET LOCAL app.tenant_sig = ${escapeLiteral(this.signer.sign(tenantId))}`,
      ...ONE_PLAN_SETTINGS.map((setting) => `SET LOCAL ${setting}`),
      ...(exact ? [] : [`SELECT ${INDEX_SETTINGS_SQL}`]),
    ].join('; ');
  }
}

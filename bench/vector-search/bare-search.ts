import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { ONE_PLAN } from '@aegis/infrastructure/persistence/connections';
import type { RegisteredModel } from '@aegis/infrastructure/persistence/migrate';
import type { PassageRow, SearchRow } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { parametersOf } from '@aegis/infrastructure/retrieval/search-statements';
import { PASSAGES_SQL, searchSql } from '@aegis/infrastructure/retrieval/search-sql';
import { INDEX_SETTINGS_SQL } from '@aegis/infrastructure/retrieval/vector-routing';
import { contextSigner } from '@aegis/infrastructure/wiring/database-platform';
import { escapeLiteral, type Client } from 'pg';
import { openProductDatabase, productSettings } from './product-database';

/** As AEGIS keeps its plans: one for all tenants. */
export const ONE_PLAN_SETTINGS = Object.entries(ONE_PLAN).map(([name, value]) => `${name} = ${escapeLiteral(value)}`);

/** The nearest vectors as AEGIS finds them, unfiltered and of the present, without the words. */
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
  const shape = { asOf: false, filtered: false, nearestOnly: true, wordsGiven: true, modelVersion, dimensions, vectorType };
  return { exact: searchSql({ ...shape, exact: true }), index: searchSql({ ...shape, exact: false }), exactMaxChunks };
}

export interface BareQuery {
  readonly tenantId: TenantId;
  readonly vector: Float32Array;
  readonly depth: number;
  readonly exact: boolean;
}

/** What a chunk says, as it was read. */
export type BarePassage = Omit<PassageRow, 'innerId'>;
export type BareRow = BarePassage & Pick<SearchRow, 'similarity'>;
type Ask = Pick<Client, 'query'>;

/** The statements, kept on their connection as AEGIS keeps them; of a chunk that `known` holds the text is not read. */
export async function bareRows(
  client: Ask,
  statements: SearchStatements,
  { tenantId, vector, depth, exact }: BareQuery,
  known = new Map<number, BarePassage>(),
): Promise<readonly BareRow[]> {
  const asked = { tenantId, vector, terms: [], filter: NO_FILTER, asOf: { validAt: null, knownAt: null }, depth, exact };
  const [name, text] = exact ? ['exact', statements.exact] : ['index', statements.index];
  const { rows } = await client.query<SearchRow>({ name, text, values: parametersOf(asked, null, 1, []) });
  const found = rows.flatMap(({ innerId, similarity }) => (innerId === null ? [] : [{ innerId, similarity }]));
  const missing = found.map(({ innerId }) => innerId).filter((innerId) => !known.has(innerId));
  if (missing.length > 0) {
    const passages = await client.query<PassageRow>({ name: 'passages', text: PASSAGES_SQL, values: [tenantId, missing] });
    for (const { innerId, ...passage } of passages.rows) known.set(innerId, passage);
  }
  return found.flatMap(({ innerId, similarity }) => {
    const passage = known.get(innerId);
    return passage === undefined ? [] : [{ ...passage, similarity }];
  });
}

/** It on a connection of the runtime role, with the tenant signed for the policy. */
export class BareSearch {
  private readonly signer = contextSigner(productSettings().secretKey);

  constructor(
    private readonly client: Client,
    private readonly statements: SearchStatements,
  ) {}

  async search(query: BareQuery, known?: Map<number, BarePassage>): Promise<readonly BareRow[]> {
    await this.client.query(this.opening(query));
    const rows = await bareRows(this.client, this.statements, query, known);
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

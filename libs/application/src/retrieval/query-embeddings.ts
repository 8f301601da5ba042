import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { EmbeddingModel, EmbeddingModelIdentity } from '../providers/embedding-model';
import type { MachineTurns } from '../shared/machine-turns';

/**
 * Makes vectors of what a tenant asks. Implementations keep what an `EmbeddingModel` keeps, wait for the tenant's turn where the machine has
 * something to do, and never let one tenant learn, by an answer or by its time, what another asked. `tokens` are those that were embedded
 * now: what was known already costs nothing.
 */
export abstract class QueryEmbeddings {
  abstract readonly identity: EmbeddingModelIdentity;
  abstract of(tenantId: TenantId): Pick<EmbeddingModel, 'embed'>;
}

/** Remembers nothing. */
export class DirectQueryEmbeddings extends QueryEmbeddings {
  constructor(
    private readonly model: EmbeddingModel,
    private readonly turns: MachineTurns,
  ) {
    super();
  }

  get identity(): EmbeddingModelIdentity {
    return this.model.identity;
  }

  of(tenantId: TenantId): Pick<EmbeddingModel, 'embed'> {
    return { embed: (request) => this.turns.run(tenantId, 'embed', request.signal, () => this.model.embed(request)) };
  }
}

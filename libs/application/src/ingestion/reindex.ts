import { indexedText } from '@aegis/domain/ingestion/chunk';
import { TenantGone } from '@aegis/domain/shared/access-errors';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { EmbeddingModel } from '../providers/embedding-model';
import type { ChunkToEmbed, ReindexStore, TenantRecall } from './reindex-store';

export interface ReindexProgress {
  readonly step: 'embed' | 'index' | 'measure' | 'move';
  /** Chunks that were embedded in this run. */
  readonly embedded: number;
}

export interface ReindexOutcome {
  /** False: the index finds too little, and everybody is served by the former model as before. */
  readonly isServing: boolean;
  readonly embedded: number;
  /** As the provider counts them. */
  readonly tokens: number;
  readonly recalls: readonly TenantRecall[];
}

export interface ReindexOptions {
  /** Of every tenant that is searched through the index. */
  readonly minRecall: number;
  /** For what was begun under the former model at the moment of the switch. */
  readonly settleMs: number;
  readonly report: (progress: ReindexProgress) => void;
}

const BATCH = 64;
/** A tenant whose uploads are quicker than the model for that long cannot be moved. */
const MOVES = 50;

/**
 * Moves the deployment to another embedding model while it answers and ingests: vectors for every chunk, tenants in turn; the index; its
 * recall; then tenant by tenant, and at last the queries. May be stopped at any time and begun again: what is there stays.
 */
export class Reindex {
  private embedded = 0;
  private tokens = 0;

  constructor(
    private readonly store: ReindexStore,
    private readonly model: EmbeddingModel,
  ) {}

  /** Throws ProviderError where the model fails, and the signal's reason. */
  async execute({ minRecall, settleMs, report }: ReindexOptions, signal: AbortSignal): Promise<ReindexOutcome> {
    const tell = (step: ReindexProgress['step']): void => report({ step, embedded: this.embedded });
    await this.store.begin();
    await this.fill(await this.store.tenants(), signal, () => tell('embed'));
    tell('index');
    await this.store.buildIndex();
    tell('measure');
    const recalls = await this.store.recall();
    const isGoodEnough = recalls.every(({ recall }) => recall >= minRecall);
    if (isGoodEnough) {
      tell('move');
      await this.moveAll(signal);
      await this.store.serve();
      // Tenants that were made, and documents that were published, while the switch was under way.
      await new Promise((resolve) => setTimeout(resolve, settleMs));
      await this.moveAll(signal);
    }
    return { isServing: isGoodEnough, embedded: this.embedded, tokens: this.tokens, recalls };
  }

  private async fill(tenants: readonly TenantId[], signal: AbortSignal, batchDone: () => void): Promise<void> {
    let waiting = tenants.map((tenantId) => ({ tenantId, after: '0' }));
    while (waiting.length > 0) {
      const more: typeof waiting = [];
      for (const { tenantId, after } of waiting) {
        signal.throwIfAborted();
        const last = await this.fillSome(tenantId, after, signal).catch(nobodyLeft);
        if (last === null) continue;
        more.push({ tenantId, after: last });
        batchDone();
      }
      waiting = more;
    }
  }

  /** The id to go on behind; null when nothing was missing. */
  private async fillSome(tenantId: TenantId, after: string, signal: AbortSignal): Promise<string | null> {
    const chunks = await this.store.missing(tenantId, after, BATCH);
    if (chunks.length === 0) return null;
    const texts = chunks.map((chunk) => indexedText(chunk, chunk.title));
    const { vectors, tokenCodes, tokens } = await this.model.embed({ kind: 'passage', texts, signal });
    this.tokens += tokens;
    await this.store.add(tenantId, { vectors: byChunk(chunks, vectors), tokenCodes: byChunk(chunks, tokenCodes ?? []) });
    this.embedded += chunks.length;
    return chunks.at(-1)?.chunkId ?? null;
  }

  private async moveAll(signal: AbortSignal): Promise<void> {
    for (const tenantId of await this.store.tenants()) {
      for (let moves = 1; (await this.store.move(tenantId)) > 0; moves++) {
        if (moves === MOVES)
          throw new Error(`documents of the tenant ${tenantId} come in quicker than the model embeds them: run it again`);
        await this.fill([tenantId], signal, () => undefined);
      }
    }
  }
}

const byChunk = <Made>(chunks: readonly ChunkToEmbed[], made: readonly Made[]): ReadonlyMap<string, Made> =>
  new Map(
    chunks.flatMap(({ chunkId }, index) => {
      const of = made[index];
      return of === undefined ? [] : [[chunkId, of] as const];
    }),
  );

function nobodyLeft(error: unknown): null {
  if (error instanceof TenantGone) return null;
  throw error;
}

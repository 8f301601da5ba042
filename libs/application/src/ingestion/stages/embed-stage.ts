import { indexedText } from '@aegis/domain/ingestion/chunk';
import type { PriceList } from '@aegis/domain/shared/price-list';
import { reservationOf, type Reservation } from '@aegis/domain/shared/reservation';
import type { EmbeddingModel } from '../../providers/embedding-model';
import type { Clock } from '../../shared/clock';
import type { IdGenerator } from '../../shared/id-generator';
import { withLater } from '../../shared/with-later';
import type { UnitOfWork } from '../../unit-of-work';
import type { UnembeddedChunk } from '../chunk-index';
import type { IngestionDraft, IngestionStage, IngestionWork } from '../ingestion-work';

const BATCH = 64;
/** Vectors written in one transaction: where an index takes milliseconds for each, nobody waits for more of them. */
const WRITTEN_AT_ONCE = 16;

/** Gives every staged chunk that has none its vector; after a crash only those that are missing. No transaction is open meanwhile. */
export class EmbedStage implements IngestionStage {
  readonly name = 'embed';
  // What it leaves is found by looking: a retry adds what is missing, the vectors of another model too, once the tenant has moved to it.
  readonly durable = false;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly model: EmbeddingModel,
    private readonly prices: PriceList,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  async run(work: IngestionWork, draft: IngestionDraft): Promise<IngestionDraft> {
    const { document } = work;
    const reservation = await this.reserve(work);
    let tokens = 0;
    const pay = (): Promise<void> =>
      this.uow.run(document.tenantId, (tx) => tx.usage.post(reservation, [this.usage(tokens)], { queryId: null, documentId: document.id }));
    try {
      for (let chunks = await this.missing(work); chunks.length > 0; chunks = await this.missing(work)) {
        await this.embed(work, chunks, (used) => (tokens += used));
      }
    } catch (error) {
      // What the provider was asked for is paid, although it did not end well.
      throw await pay().then(
        () => error,
        (later: unknown) => withLater(error, later),
      );
    }
    if (tokens > 0) await pay();
    return draft;
  }

  /** Throws QuotaExceeded before anything is spent. */
  private reserve({ document, job }: IngestionWork): Promise<Reservation> {
    return this.uow.run(document.tenantId, async (tx) => {
      await tx.jobs.fence(job);
      const { cost } = this.usage(await tx.chunks.tokensToEmbed(document.id));
      const reservation = reservationOf(this.ids.next(), [cost], this.clock.now());
      if (cost > 0) await tx.usage.reserve(reservation);
      return reservation;
    });
  }

  private missing({ document, job }: IngestionWork): Promise<readonly UnembeddedChunk[]> {
    return this.uow.run(document.tenantId, async (tx) => {
      await tx.jobs.fence(job);
      return tx.chunks.unembedded(document.id, BATCH);
    });
  }

  /** `used` is told what the provider bills before anything is done with its answer, since that can fail. */
  private async embed(
    { document, job, signal, report }: IngestionWork,
    chunks: readonly UnembeddedChunk[],
    used: (tokens: number) => void,
  ): Promise<void> {
    const texts = chunks.map((chunk) => indexedText(chunk, document.title));
    const { vectors, tokens, tokenCodes } = await this.model.embed({ kind: 'passage', texts, signal });
    used(tokens);
    const made = [...ofChunks(chunks, vectors)];
    const codes = tokenCodes && ofChunks(chunks, tokenCodes);
    let done = { embedded: 0, chunks: 0 };
    for (let from = 0; from < made.length; from += WRITTEN_AT_ONCE) {
      const some = new Map(made.slice(from, from + WRITTEN_AT_ONCE));
      done = await this.uow.run(document.tenantId, async (tx) => {
        await tx.jobs.fence(job);
        await tx.chunks.addEmbeddings(document.id, some);
        if (codes !== undefined) await tx.chunks.addTokenCodes(new Map([...codes].filter(([chunkId]) => some.has(chunkId))), some);
        return tx.chunks.countStaged(document.id);
      });
    }
    await report(done.embedded, done.chunks);
  }

  private usage(tokens: number) {
    const { provider, name } = this.model.identity;
    const cost = this.prices.cost(provider, name, { input: tokens, output: 0 });
    return { kind: 'document_embedding', provider, model: name, tokensIn: tokens, tokensOut: 0, pages: 0, cost } as const;
  }
}

function ofChunks<Made>(chunks: readonly UnembeddedChunk[], all: readonly Made[]): Map<string, Made> {
  return new Map(
    chunks.map((chunk, index): [string, Made] => {
      const made = all[index];
      if (made === undefined) throw new Error(`the model answered ${all.length} of ${chunks.length} texts`);
      return [chunk.chunkId, made];
    }),
  );
}

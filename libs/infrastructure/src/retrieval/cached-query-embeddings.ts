import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type {
  EmbeddingKind,
  EmbeddingModel,
  EmbeddingModelIdentity,
  EmbeddingRequest,
  EmbeddingResult,
} from '@aegis/application/providers/embedding-model';
import { QueryEmbeddings } from '@aegis/application/retrieval/query-embeddings';
import type { Metrics } from '@aegis/application/shared/metrics';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { SharedCall } from './shared-call';

interface Made {
  readonly vector: Float32Array;
  readonly tokenCodes: Uint8Array | undefined;
  readonly truncated: boolean;
  /** Tokens that nobody has paid yet: whoever is served first does. */
  unpaid: number;
}

/** What a model cannot change between two texts is forgotten all the same: nothing of a tenant that left stays for longer. */
const KEPT_MS = 3_600_000;
/** Key, objects and the places in the maps of one entry. */
const OVERHEAD_BYTES = 500;

/**
 * Remembers what a model made of a tenant's texts, and asks it once for a text that several wait for. The tenant is part of the name: a
 * memory for all would tell one tenant, by the time of an answer, what another has asked. A failure is not remembered.
 */
export class CachedQueryEmbeddings extends QueryEmbeddings {
  private readonly made: LRUCache<string, Made>;
  private readonly calls = new Map<string, SharedCall<Made>>();

  /** `maxBytes`: of all vectors together; the one not used for longest goes. */
  constructor(
    private readonly model: QueryEmbeddings,
    private readonly metrics: Metrics,
    { maxBytes }: { readonly maxBytes: number },
  ) {
    super();
    this.made = new LRUCache({ maxSize: maxBytes, sizeCalculation: bytesOf, ttl: KEPT_MS });
  }

  get identity(): EmbeddingModelIdentity {
    return this.model.identity;
  }

  of(tenantId: TenantId): Pick<EmbeddingModel, 'embed'> {
    return { embed: (request) => this.embed(tenantId, request) };
  }

  private async embed(tenantId: TenantId, { kind, texts, signal }: EmbeddingRequest): Promise<EmbeddingResult> {
    const all = await Promise.all(texts.map((text) => this.one(tenantId, kind, text.normalize('NFC'), signal)));
    const tokens = all.reduce((sum, made) => sum + pay(made), 0);
    const codes = all.flatMap(({ tokenCodes }) => (tokenCodes === undefined ? [] : [tokenCodes]));
    return {
      vectors: all.map(({ vector }) => vector),
      tokens,
      truncated: all.map(({ truncated }) => truncated),
      ...(codes.length === all.length && { tokenCodes: codes }),
    };
  }

  private async one(tenantId: TenantId, kind: EmbeddingKind, text: string, signal: AbortSignal): Promise<Made> {
    const name = this.nameOf(tenantId, kind, text);
    const known = this.made.get(name);
    const running = this.calls.get(name);
    const isShared = running !== undefined && !running.isAbandoned;
    if (known !== undefined || isShared) this.metrics.count('rag_embedding_cache_hits', {});
    else this.metrics.count('rag_embedding_cache_misses', {});
    if (known !== undefined) return known;
    const call = isShared ? running : this.start(name, tenantId, kind, text);
    return call.join(signal);
  }

  /** A digest: the texts of questions are kept nowhere. The parts hold no NUL; the text is the last. */
  private nameOf(tenantId: TenantId, kind: EmbeddingKind, text: string): string {
    const { provider, name, digest, dimensions } = this.identity;
    return createHash('sha256').update([tenantId, provider, name, digest, dimensions, kind, text].join('\0')).digest('base64');
  }

  private start(name: string, tenantId: TenantId, kind: EmbeddingKind, text: string): SharedCall<Made> {
    const call = new SharedCall((signal) => this.make(name, tenantId, { kind, texts: [text], signal }));
    this.calls.set(name, call);
    void call.ended.then(() => {
      if (this.calls.get(name) === call) this.calls.delete(name);
    });
    return call;
  }

  private async make(name: string, tenantId: TenantId, request: EmbeddingRequest): Promise<Made> {
    const asked = this.identity;
    const { vectors, tokens, truncated, tokenCodes } = await this.model.of(tenantId).embed(request);
    const [vector] = vectors;
    if (vector === undefined) throw new Error('the model gave no vector');
    const made: Made = { vector, tokenCodes: tokenCodes?.[0], truncated: truncated[0] === true, unpaid: tokens };
    // A deployment may change its model meanwhile: then nobody knows whose vector this is.
    if (isSame(asked, this.identity)) this.made.set(name, made);
    return made;
  }
}

const isSame = (one: EmbeddingModelIdentity, other: EmbeddingModelIdentity): boolean =>
  one.provider === other.provider && one.name === other.name && one.digest === other.digest && one.dimensions === other.dimensions;

function pay(made: Made): number {
  const { unpaid } = made;
  made.unpaid = 0;
  return unpaid;
}

const bytesOf = ({ vector, tokenCodes }: Made): number => vector.byteLength + (tokenCodes?.byteLength ?? 0) + OVERHEAD_BYTES;

/** With a memory of so many bytes; 0: without. */
export const queryEmbeddings = (model: QueryEmbeddings, metrics: Metrics, maxBytes: number): QueryEmbeddings =>
  maxBytes === 0 ? model : new CachedQueryEmbeddings(model, metrics, { maxBytes });

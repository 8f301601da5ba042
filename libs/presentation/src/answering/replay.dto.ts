import type { Replay } from '@aegis/application/answering/replay-query';
import type { ReplayDifference } from '@aegis/domain/answering/replay';
import { ApiProperty } from '@nestjs/swagger';

const ID = '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11';
const REASONS = [
  'documents_deleted',
  'vector_not_kept',
  'approximate_search',
  'ranking_changed',
  'unexplained',
] as const satisfies readonly Replay['reason'][];
const RERANKERS = ['kept', 'none'] as const;
const VECTORS = ['kept', 'embedded_again', 'none'] as const satisfies readonly Replay['vector'][];

/** The state of the corpus that was searched, both times. */
export class ReplayedStateBody {
  @ApiProperty({ type: 'integer', description: 'The counter of the corpus (말뭉치 상태 번호)', example: 412 })
  readonly corpus_epoch!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The moment whose versions were searched; null: the latest of that state (그 상태의 최신 버전)',
    example: null,
  })
  readonly valid_at!: string | null;
}

export class ReplayedSearchBody {
  @ApiProperty({ type: [String], description: 'Sources, best first (검색된 근거, 순위 순)', example: [ID] })
  readonly chunk_ids!: readonly string[];

  @ApiProperty({ type: 'integer', example: 1247 })
  readonly chunks_searched!: number;

  @ApiProperty({ type: Number, nullable: true, example: 0.91 })
  readonly max_similarity!: number | null;

  @ApiProperty({ type: Number, example: 0.89 })
  readonly confidence!: number;
}

/** A source that did not come back as it was. */
export class ReplayDifferenceBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly chunk_id!: string;

  @ApiProperty({ type: 'integer', nullable: true, description: 'From 1; null: not among the sources (처음 순위)', example: 2 })
  readonly original_rank!: number | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'From 1; null: not among the sources (재현 순위)', example: null })
  readonly replayed_rank!: number | null;

  @ApiProperty({ type: Boolean, description: 'Its document was deleted: it cannot come back (문서가 삭제됨)', example: true })
  readonly deleted!: boolean;

  static from({ chunkId, originalRank, replayedRank, isDeleted }: ReplayDifference): ReplayDifferenceBody {
    return { chunk_id: chunkId, original_rank: originalRank, replayed_rank: replayedRank, deleted: isDeleted };
  }
}

export class DeletedVersionBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly document_id!: string;

  @ApiProperty({ type: String, example: '취업규칙.pdf' })
  readonly filename!: string;

  @ApiProperty({ type: 'integer', example: 2 })
  readonly version!: number;
}

export class ReplayBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly query_id!: string;

  @ApiProperty({
    type: Boolean,
    description: 'Same chunks, same order, same scores to the bit. (같은 근거가 같은 순서와 같은 점수로 검색되었는지)',
    example: true,
  })
  readonly identical!: boolean;

  @ApiProperty({
    enum: REASONS,
    nullable: true,
    description:
      'Why not, the first that holds; null where identical. `documents_deleted`: documents of that state were deleted since. ' +
      '`vector_not_kept`: the record is older than stored vectors, the query was embedded anew and billed. `approximate_search`: the first ' +
      'search used an index, a replay compares every vector. `ranking_changed`: this version of AEGIS orders differently. `unexplained`: none ' +
      'of these. (다른 이유: 문서 삭제, 저장된 벡터 없음, 근사 검색, 순위 규칙 변경, 원인 불명)',
    example: null,
  })
  readonly reason!: string | null;

  @ApiProperty({ type: () => ReplayedStateBody })
  readonly state!: ReplayedStateBody;

  @ApiProperty({
    enum: VECTORS,
    description: 'The vector of the query: `kept` with its record, `embedded_again`, or `none` as the first time (질문 벡터의 출처)',
    example: 'kept',
  })
  readonly vector!: string;

  @ApiProperty({
    enum: RERANKERS,
    description:
      'The scores of a cross-encoder: `kept` with the record and used again, for a model that runs elsewhere may have changed; `none`: none had ' +
      'a say in the first search (재순위 모델의 점수: 기록된 값을 다시 씀, 또는 쓰이지 않음)',
    example: 'none',
  })
  readonly reranker!: string;

  @ApiProperty({ type: () => ReplayedSearchBody })
  readonly original!: ReplayedSearchBody;

  @ApiProperty({ type: () => ReplayedSearchBody })
  readonly replayed!: ReplayedSearchBody;

  @ApiProperty({ type: () => [ReplayDifferenceBody] })
  readonly differences!: readonly ReplayDifferenceBody[];

  @ApiProperty({
    type: () => [DeletedVersionBody],
    description: 'Versions of that state that were deleted since, whether they mattered or not; at most 100 (이후 삭제된 문서)',
  })
  readonly deleted_documents!: readonly DeletedVersionBody[];

  static from({ original, replayed, ...replay }: Replay): ReplayBody {
    return {
      query_id: replay.queryId,
      identical: replay.identical,
      reason: replay.reason,
      state: { corpus_epoch: replay.state.corpusEpoch, valid_at: replay.state.validAt?.toISOString() ?? null },
      vector: replay.vector,
      reranker: original.reranker === undefined ? 'none' : 'kept',
      original: searchBody(original, original.chunkIds),
      replayed: searchBody(
        replayed,
        replayed.chunks.map(({ chunkId }) => chunkId),
      ),
      differences: replay.differences.map((difference) => ReplayDifferenceBody.from(difference)),
      deleted_documents: replay.deletedDocuments.map(({ documentId, filename, version }) => ({
        document_id: documentId,
        filename,
        version,
      })),
    };
  }
}

const searchBody = (
  found: { readonly chunksSearched: number; readonly maxSimilarity: number | null; readonly confidence: number },
  chunkIds: readonly string[],
): ReplayedSearchBody => ({
  chunk_ids: chunkIds,
  chunks_searched: found.chunksSearched,
  max_similarity: found.maxSimilarity,
  confidence: found.confidence,
});

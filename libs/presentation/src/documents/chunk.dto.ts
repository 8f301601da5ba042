import type { ChunkView, DocumentView } from '@aegis/application/documents/document-reader';
import { ApiProperty } from '@nestjs/swagger';

const ID = '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11';

export class ChunkBody {
  @ApiProperty({ type: String, format: 'uuid', example: ID })
  readonly chunk_id!: string;

  /** Place in the document, from 0. */
  @ApiProperty({ type: 'integer', example: 0 })
  readonly chunk_index!: number;

  @ApiProperty({ type: String, example: '2023년 3분기 매출은 42억원입니다.' })
  readonly content!: string;

  @ApiProperty({ type: 'integer', example: 128 })
  readonly token_count!: number;

  @ApiProperty({ type: 'integer', nullable: true, example: 3 })
  readonly page!: number | null;

  /** Heading path, outermost first, joined by ` > `. */
  @ApiProperty({ type: String, example: '실적 > 3분기' })
  readonly section!: string;

  @ApiProperty({ enum: ['text', 'table', 'figure'], example: 'text' })
  readonly kind!: string;

  /** What the document's uploader said about it. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: {} })
  readonly metadata!: Readonly<Record<string, unknown>>;

  static from(chunk: ChunkView, document: DocumentView): ChunkBody {
    return {
      chunk_id: chunk.id,
      chunk_index: chunk.ordinal,
      content: chunk.content,
      token_count: chunk.tokenCount,
      page: chunk.page,
      section: chunk.section.join(' > '),
      kind: chunk.kind,
      metadata: document.metadata,
    };
  }
}

export class ChunkPageBody {
  @ApiProperty({ type: () => [ChunkBody] })
  readonly data!: readonly ChunkBody[];

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly next_cursor!: string | null;

  static from(chunks: readonly ChunkView[], document: DocumentView, nextCursor: string | null): ChunkPageBody {
    return { data: chunks.map((chunk) => ChunkBody.from(chunk, document)), next_cursor: nextCursor };
  }
}

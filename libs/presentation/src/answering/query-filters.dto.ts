import type { QueryInput } from '@aegis/application/answering/query-answer';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, isUUID, IsUUID } from 'class-validator';
import { eachBy, IsInstant, Omittable, Texts } from '../http/fields';
import { parseInstant } from '../http/instants';

const LIST = { max: 255, count: 100 } as const;

/** Which documents may answer: alternatives inside a list, all lists together. */
export class QueryFilters {
  @ApiPropertyOptional({ type: [String], example: ['report'] })
  @Omittable()
  @Texts(LIST)
  readonly doc_type?: readonly string[];

  @ApiPropertyOptional({ type: [String], example: ['finance'] })
  @Omittable()
  @Texts(LIST)
  readonly department?: readonly string[];

  @ApiPropertyOptional({ type: [String], example: ['ko'] })
  @Omittable()
  @Texts(LIST)
  readonly language?: readonly string[];

  @ApiPropertyOptional({ type: [String], example: ['q3'] })
  @Omittable()
  @Texts(LIST)
  readonly tags?: readonly string[];

  @ApiPropertyOptional({ type: [String], example: ['report.pdf'] })
  @Omittable()
  @Texts(LIST)
  readonly filenames?: readonly string[];

  @ApiPropertyOptional({ type: [String], format: 'uuid', maxItems: LIST.count, example: [] })
  @Omittable()
  @IsUUID('all', eachBy((item) => isUUID(item, 'all')))
  @ArrayMaxSize(LIST.count)
  @IsArray()
  readonly document_ids?: readonly string[];

  /** Uploaded at this time or later. */
  @ApiPropertyOptional({ type: String, example: '2023-01-01' })
  @Omittable()
  @IsInstant()
  readonly created_after?: string;

  /** Uploaded before this time. */
  @ApiPropertyOptional({ type: String, example: '2024-01-01T00:00:00Z' })
  @Omittable()
  @IsInstant()
  readonly created_before?: string;

  toFilter(): QueryInput['filter'] {
    return {
      docTypes: this.doc_type ?? [],
      departments: this.department ?? [],
      languages: this.language ?? [],
      tags: this.tags ?? [],
      filenames: (this.filenames ?? []).map((name) => name.normalize('NFC')),
      documentIds: (this.document_ids ?? []).map((id) => id.toLowerCase()),
      createdAfter: this.created_after === undefined ? null : parseInstant(this.created_after, 'start'),
      createdBefore: this.created_before === undefined ? null : parseInstant(this.created_before, 'start'),
    };
  }
}

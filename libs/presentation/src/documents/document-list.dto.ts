import type { DocumentListFilter } from '@aegis/application/documents/document-reader';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn } from 'class-validator';
import { BooleanText, Omittable, Text } from '../http/fields';
import { PageQuery } from '../http/page.dto';
import { DOCUMENT_STATUSES } from './document.dto';

export class DocumentListQuery extends PageQuery {
  @ApiPropertyOptional({ enum: DOCUMENT_STATUSES })
  @Omittable()
  @IsIn(DOCUMENT_STATUSES)
  readonly status?: (typeof DOCUMENT_STATUSES)[number];

  @ApiPropertyOptional({ type: String })
  @Omittable()
  @Text({ max: 255 })
  readonly filename?: string;

  @ApiPropertyOptional({ type: String })
  @Omittable()
  @Text({ max: 100 })
  readonly doc_type?: string;

  @ApiPropertyOptional({ type: String })
  @Omittable()
  @Text({ max: 100 })
  readonly department?: string;

  @ApiPropertyOptional({ type: String })
  @Omittable()
  @Text({ max: 20 })
  readonly language?: string;

  @ApiPropertyOptional({ type: String })
  @Omittable()
  @Text({ max: 100 })
  readonly tag?: string;

  /** Only the newest version of each name. */
  @ApiPropertyOptional({ type: Boolean, default: true })
  @BooleanText()
  @IsBoolean()
  readonly latest_only: boolean = true;

  toFilter(): DocumentListFilter {
    return {
      status: this.status,
      filename: this.filename?.normalize('NFC'),
      docType: this.doc_type,
      department: this.department,
      language: this.language,
      tag: this.tag,
      latestOnly: this.latest_only,
    };
  }
}

export class DeleteQuery {
  /** Take the whole history of the name, not only this version. */
  @ApiPropertyOptional({ type: Boolean, default: false })
  @BooleanText()
  @IsBoolean()
  readonly all_versions: boolean = false;
}

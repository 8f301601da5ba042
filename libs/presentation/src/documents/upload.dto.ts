import type { DocumentDescription } from '@aegis/domain/documents/document';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsObject, ValidateBy } from 'class-validator';
import { IsInstant, Omittable, Text, Texts, Trim } from '../http/fields';
import { parseInstant } from '../http/instants';
import { guardJson } from '../http/json-guard';

const LANGUAGES = ['ko', 'en', 'auto', ''];
const METADATA_BYTES = 16_384;
/** For the documentation: a text that is JSON inside. */
const JSON_TEXT = { type: String, contentMediaType: 'application/json', minLength: 2, maxLength: METADATA_BYTES } as const;
const TAGS = { ...JSON_TEXT, contentSchema: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 100 }, maxItems: 50 } };
const METADATA = { ...JSON_TEXT, contentSchema: { type: 'object' } };

/** Form fields are texts: what is sound JSON becomes a value, and what is none stays a text and fails its rule. */
const JsonText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value !== 'string') return value;
    try {
      guardJson(value);
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  });

const MaxJsonSize = (bytes: number): PropertyDecorator =>
  ValidateBy({
    name: 'maxJsonSize',
    validator: {
      validate: (value) => Buffer.byteLength(JSON.stringify(value)) <= bytes,
      defaultMessage: () => `must have at most ${bytes} bytes as JSON`,
    },
  });

/** What may be said about a file beside its bytes. An empty field is a field that was not given. */
export class UploadFields {
  @ApiPropertyOptional({ type: String, example: '2023 annual report' })
  @Omittable()
  @Trim()
  @Text({ max: 500 })
  readonly title?: string;

  @ApiPropertyOptional({ type: String, example: 'report' })
  @Omittable()
  @Trim()
  @Text({ max: 100 })
  readonly doc_type?: string;

  @ApiPropertyOptional({ type: String, example: 'finance' })
  @Omittable()
  @Trim()
  @Text({ max: 100 })
  readonly department?: string;

  /** Found out from the content when it is not given. */
  @ApiPropertyOptional({ enum: LANGUAGES, example: 'ko' })
  @Omittable()
  @IsIn(LANGUAGES, { message: 'must be one of ko, en, auto' })
  readonly language?: string;

  /** JSON array of texts. */
  @ApiPropertyOptional({ ...TAGS, example: '["q3","2023"]' })
  @Omittable()
  @JsonText()
  @Texts({ max: 100, count: 50 })
  readonly tags?: readonly string[];

  /** JSON object, at most 16 KB. */
  @ApiPropertyOptional({ ...METADATA, example: '{"project":"apollo"}' })
  @Omittable()
  @JsonText()
  @IsObject()
  @MaxJsonSize(METADATA_BYTES)
  readonly metadata?: Readonly<Record<string, unknown>>;

  /** Since when this version holds: an ISO date or time. Default: now. */
  @ApiPropertyOptional({ type: String, example: '2023-10-01' })
  @Omittable()
  @IsInstant()
  readonly valid_from?: string;

  toDescription(): DocumentDescription & { readonly validFrom: Date | null } {
    return {
      title: this.title || null,
      docType: this.doc_type || null,
      department: this.department || null,
      language: this.language === 'auto' ? null : this.language || null,
      tags: this.tags ?? [],
      metadata: this.metadata ?? {},
      validFrom: this.valid_from === undefined ? null : parseInstant(this.valid_from, 'start'),
    };
  }
}

/** The form of an upload, for the documentation: the file is streamed, never held in a field. */
export class UploadForm extends UploadFields {
  @ApiProperty({ type: String, format: 'binary' })
  readonly file!: unknown;
}

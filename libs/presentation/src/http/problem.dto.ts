import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class FieldProblemBody {
  /** JSON pointer into the body, `?name` for a query parameter, `header:Name` for a header. */
  @ApiProperty({ type: String, example: '/top_k' })
  readonly pointer!: string;

  /** Stable code of what is wrong with the field. */
  @ApiProperty({ type: String, example: 'out_of_range' })
  readonly code!: string;

  /** The same in words. */
  @ApiProperty({ type: String, example: 'top_k must not be greater than 50' })
  readonly message!: string;
}

/** Problem details (RFC 9457) as every error answers them. */
export class ProblemBody {
  @ApiProperty({ type: String, example: 'urn:aegis:problem:not_found' })
  readonly type!: string;

  /** In the language of `Accept-Language`, Korean or English. */
  @ApiProperty({ type: String, example: 'Not found' })
  readonly title!: string;

  @ApiProperty({ type: 'integer', example: 404 })
  readonly status!: number;

  @ApiProperty({ type: String, example: 'There is no such thing here.' })
  readonly detail!: string;

  /** Names this occurrence. */
  @ApiProperty({ type: String, example: 'urn:aegis:request:0f2b6c1e-6a51-4b2c-9b1f-1f6f0b9a7c10' })
  readonly instance!: string;

  /** Stable: rely on this. */
  @ApiProperty({ type: String, example: 'not_found' })
  readonly code!: string;

  @ApiProperty({ type: String, example: '0f2b6c1e-6a51-4b2c-9b1f-1f6f0b9a7c10' })
  readonly request_id!: string;

  /** The fields at fault, for `validation_failed`. */
  @ApiPropertyOptional({ type: () => [FieldProblemBody] })
  readonly errors?: readonly FieldProblemBody[];
}

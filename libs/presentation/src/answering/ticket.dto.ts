import { ApiProperty } from '@nestjs/swagger';
import { Text } from '../http/fields';

export class TicketBody {
  /** Opens one stream, within a minute. Where the stream could not open, with 429 or 503, the same ticket may be tried again. */
  @ApiProperty({ type: String, example: 'eyJ0IjoiMDE5OGM1YTIifQ.c2lnbmF0dXJl' })
  readonly ticket!: string;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-02T03:05:05.678Z' })
  readonly expires_at!: string;

  static from(issued: { readonly ticket: string; readonly expiresAt: Date }): TicketBody {
    return { ticket: issued.ticket, expires_at: issued.expiresAt.toISOString() };
  }
}

export class TicketQuery {
  @ApiProperty({ type: String })
  @Text({ min: 1, max: 2_000 })
  readonly ticket!: string;
}

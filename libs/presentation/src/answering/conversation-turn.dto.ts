import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { Text } from '../http/fields';

const MAX_TURN_LENGTH = 8_000;

export class ConversationTurn {
  @ApiProperty({ enum: ['user', 'assistant'], example: 'user' })
  @IsIn(['user', 'assistant'])
  readonly role!: 'user' | 'assistant';

  @ApiProperty({ type: String, example: '2023년 실적을 알려줘' })
  @Text({ max: MAX_TURN_LENGTH })
  readonly content!: string;
}

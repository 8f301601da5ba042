import { ApiBody } from '@nestjs/swagger';
import { QueryBody } from './query.dto';

/** Each can be sent as it is. */
const EXAMPLES = {
  question: { summary: 'A question / 질문', value: { query: '2023년 3분기 매출은?' } },
  filtered: {
    summary: 'Among some documents / 일부 문서에서',
    value: { query: 'How much paid leave do I have?', top_k: 8, filters: { doc_type: ['policy'], language: ['ko', 'en'] } },
  },
  follow_up: {
    summary: 'A follow-up / 이어지는 질문',
    value: {
      query: '그건 언제까지 신청해야 하나요?',
      history: [
        { role: 'user', content: '육아휴직은 얼마나 쓸 수 있나요?' },
        { role: 'assistant', content: '자녀 한 명당 1년입니다. [1]' },
      ],
    },
  },
  as_of: { summary: 'As it held on a day / 특정 날짜 기준', value: { query: '연차는 며칠이었나요?', as_of_date: '2023-12-31' } },
};

/** Documents that a route takes a query. */
export const ApiQueryBody = (): MethodDecorator => ApiBody({ type: QueryBody, examples: EXAMPLES });

import type { DemoMaterial, DemoQuestion, DemoTenant } from './demo-material';

export interface DemoStep {
  /** What there is to see. */
  readonly title: string;
  readonly tenant: DemoTenant;
  readonly question: DemoQuestion;
  readonly streamed: boolean;
}

interface Choice {
  readonly title: string;
  readonly slug: string;
  readonly query: string;
  readonly asOf?: string;
  readonly streamed?: true;
}

const LEAVE = '연차 유급휴가는 1년에 며칠인가요?';
const REVENUE = '2023년 3분기 매출은 얼마인가요?';
const LIABILITY = "What is the supplier's total liability limit per contract year?";

/** In this order; each is an entry of questions.json, which says what to expect. */
const CHOICES: readonly Choice[] = [
  { title: 'A fact, in Korean', slug: 'hanbit-precision', query: REVENUE },
  {
    title: 'A value that stands in a table only',
    slug: 'hanbit-precision',
    query: '2023년 2분기 자동화장비 부문의 매출은 몇 억원이었나요?',
  },
  {
    title: 'A fact, in English, streamed while it is written',
    slug: 'hanbit-precision',
    query: 'How quickly must a severity 1 incident be acknowledged?',
    streamed: true,
  },
  { title: 'The work rules as they are today', slug: 'hanbit-precision', query: LEAVE },
  { title: 'The same question, for a day before the new version', slug: 'hanbit-precision', query: LEAVE, asOf: '2024-12-31' },
  {
    title: 'Nobody wrote about this: refused, not invented',
    slug: 'hanbit-precision',
    query: '사내 어린이집의 운영 시간은 어떻게 되나요?',
  },
  { title: 'Only the other company knows this: refused', slug: 'hanbit-precision', query: LIABILITY },
  { title: 'The company whose contract it is gets the answer', slug: 'northwind-logistics', query: LIABILITY },
  { title: 'A Korean manual of an English company', slug: 'northwind-logistics', query: '냉장 화물은 몇 도를 유지해야 하나요?' },
  { title: 'And the other way round: refused', slug: 'northwind-logistics', query: REVENUE },
];

/** Throws when questions.json has no such question: then the two have parted. */
export function demoSteps({ tenants }: DemoMaterial): readonly DemoStep[] {
  return CHOICES.map(({ title, slug, query, asOf, streamed }) => {
    const tenant = tenants.find((each) => each.slug === slug);
    const question = tenant?.questions.find((each) => each.query === query && each.as_of_date === asOf);
    if (tenant === undefined || question === undefined) throw new Error(`questions.json has no question "${query}" of ${slug}`);
    return { title, tenant, question, streamed: streamed === true };
  });
}

/** What both twins say, word for word, but for their canary. */
const BODIES: readonly ((canary: string) => string)[] = [
  (canary) => `# 연차 휴가 ${canary}\n\n연차 휴가는 1년에 15일이다. 남은 연차는 다음 해로 넘어가지 않는다. 담당 ${canary}.\n`,
  (canary) => `# 연차 휴가 ${canary}\n\n연차 휴가는 1년에 17일이다. 휴가는 사흘 전에 신청한다. 문의 ${canary}.\n`,
  (canary) => `# Master agreement ${canary}\n\nThe liability limit is 250,000 dollars. Termination needs 30 days notice. Ref ${canary}.\n`,
  (canary) => `# Master agreement ${canary}\n\nThe liability limit is 400,000 dollars. Disputes go to arbitration. Ref ${canary}.\n`,
  (canary) => `회의록 ${canary}\n\n다음 회의는 화요일 오전 10시이다. 예산은 4,200만원으로 정했다. ${canary}\n`,
  (canary) => `보안 지침 ${canary}\n\n비밀번호는 90일마다 바꾼다. Report incidents within 24 hours. ${canary}\n`,
];
const NAMES = ['취업규칙.md', 'master-agreement.md', '회의록.txt', '보안 지침.md'];
const QUERIES = [
  '연차 휴가는 며칠인가?',
  'What is the liability limit?',
  '다음 회의는 언제인가?',
  '비밀번호는 얼마나 자주 바꾸나?',
  'How much notice does termination need?',
  '예산은 얼마로 정했나?',
  '달에는 누가 살고 있나?',
  'report incidents within how many hours',
];
export const TAGS = ['인사', 'legal', 'q3'];
export const TYPES = ['규정', 'contract', '회의록'];
export const DEPARTMENTS = ['인사팀', 'legal', '총무팀'];

const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T; // never empty

export const bodyText = (index: number, canary: string): string => at(BODIES, index)(canary);
/** A name that both tenants use. */
export const sharedName = (index: number): string => at(NAMES, index);
/** A name that only this tenant has. */
export const ownName = (index: number, canary: string): string => `${canary}-${at(NAMES, index)}`;
export const queryText = (index: number): string => at(QUERIES, index);
export const tag = (index: number): string => at(TAGS, index);
export const docType = (index: number): string => at(TYPES, index);
export const department = (index: number): string => at(DEPARTMENTS, index);

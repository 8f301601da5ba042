import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments } from '../../scripts/eval-retrieval/arguments';
import { evaluate } from '../../scripts/eval-retrieval/evaluate';
import { planOf } from '../../scripts/eval-retrieval/evaluation-plan';
import type { QualityTable } from '../../scripts/eval-retrieval/quality-table';
import { ADMIN_KEY, startAegis, type RunningAegis } from '../support/aegis';

const SERVICES = [
  [
    '육아휴직 급여',
    '육아휴직을 사용한 근로자에게 통상임금의 80%를 지급합니다.',
    '아이를 키우려고 쉬는 동안 받는 육아휴직 급여는 얼마인가요?',
  ],
  ['긴급복지 의료지원', '중한 질병으로 의료비를 감당하기 어려운 사람에게 300만 원까지 지원합니다.', '긴급복지 의료지원은 얼마까지 되나요?'],
  ['청년 월세 지원', '부모와 떨어져 사는 청년에게 월 20만 원의 월세를 12개월 동안 지원합니다.', '청년 월세는 몇 개월 동안 지원하나요?'],
  ['국가장학금', '소득 8구간 이하의 대학생에게 등록금의 일부를 지원합니다.', '국가장학금은 소득 몇 구간까지 받나요?'],
] as const;
const jsonLines = (lines: readonly object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

/** A set as small as can be, in the form of the evaluation data. */
function writeSet(data: string): void {
  const [set, crowd] = [join(data, 'retrieval', 'ko-welfare-a'), join(data, 'retrieval', '_ko-distractors')];
  [set, crowd].forEach((folder) => mkdirSync(folder, { recursive: true }));
  const passages = SERVICES.map(([title, text], at) => ({ id: `wf-${at}`, title, text: `${title}\n\n${text}`, lang: 'ko' }));
  writeFileSync(join(set, 'corpus.jsonl'), jsonLines(passages));
  const asked = SERVICES.map(([, , text], at) => ({ id: `wfq-${at}`, text, lang: 'ko', answerable: true }));
  const absent = { id: 'wfq-x', text: '공장의 용접 로봇은 몇 대인가요?', lang: 'ko', answerable: false, unans_type: 'topic_removed' };
  writeFileSync(join(set, 'queries.jsonl'), jsonLines([...asked, absent]));
  writeFileSync(join(set, 'qrels.tsv'), `query-id\tcorpus-id\tscore\n${SERVICES.map((_, at) => `wfq-${at}\twf-${at}\t1\n`).join('')}`);
  const distractor = { id: 'kd-1', title: '보안 규정', text: '비밀번호는 90일마다 바꾸어야 한다.', lang: 'ko', doc: '보안 규정.pdf' };
  writeFileSync(join(crowd, 'corpus.jsonl'), jsonLines([distractor]));
}

/** Passes everything on, and turns what was found upside down. */
function reversing(url: string): Server {
  return createServer((request, response) => {
    const pieces: Buffer[] = [];
    request
      .on('data', (piece: Buffer) => pieces.push(piece))
      .on('end', () => {
        const { authorization = '', 'content-type': type, 'idempotency-key': key } = request.headers;
        const headers = {
          authorization,
          ...(type === undefined ? {} : { 'content-type': type }),
          ...(key === undefined ? {} : { 'idempotency-key': String(key) }),
        };
        const body = pieces.length === 0 ? {} : { body: Buffer.concat(pieces) };
        void fetch(`${url}${request.url ?? ''}`, { method: request.method ?? 'GET', headers, ...body }).then(async (answer) => {
          const text = await answer.text();
          response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' });
          if (request.url !== '/v1/search' || answer.status !== 200) return response.end(text);
          const found = JSON.parse(text) as { results: unknown[] };
          return response.end(JSON.stringify({ ...found, results: found.results.reverse() }));
        });
      });
  });
}

const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe('the evaluation of retrieval, over HTTP', () => {
  let aegis: RunningAegis;
  let proxy: Server;
  let [folder, url] = ['', ''];
  const lines: string[] = [];

  const run = (at: string, ...more: string[]): Promise<0 | 1> => {
    const options = readArguments(['--sets', 'ko-welfare-a', '--strategies', 'default,bm25', '--data', folder, ...more]);
    lines.length = 0;
    const withTable = { ...options, table: join(folder, 'quality.json'), keep: join(folder, 'kept') };
    return evaluate(planOf(folder, options.sets, options.limit), withTable, { url: at, adminKey: ADMIN_KEY }, (line) => lines.push(line));
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aegis-evaluation-'));
    writeSet(folder);
    aegis = await startAegis();
    await aegis.app.listen({ host: '127.0.0.1', port: 0 });
    url = addressOf(aegis.app.getHttpServer());
    proxy = reversing(url).listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    proxy.close();
    proxy.closeAllConnections();
    await aegis.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('fills a tenant for each corpus, asks everything and writes the table', async () => {
    expect(await run(url, '--update')).toBe(0);
    const { rows, mixtureEce } = JSON.parse(readFileSync(join(folder, 'quality.json'), 'utf8')) as QualityTable;
    expect(mixtureEce).toBeNull(); // one set is not the mixture
    expect(Object.keys(rows)).toEqual(['ko-welfare-a', 'ko-welfare-a + distractors']);
    expect(rows['ko-welfare-a']?.['default']).toMatchObject({ answerable: 4, ndcgAt10: 1, recallAt5: 1, mrrAt10: 1 });
    expect(rows['ko-welfare-a + distractors']?.['default']?.kinds).toEqual({ topic_removed: { n: 1, auroc: 1, refusedAt5: 1 } });
    expect(readFileSync(join(folder, 'quality.md'), 'utf8')).toMatch(
      /\| ko-welfare-a \+ distractors \| 0\.895 \| 1\.000 \| – \| – \| 1\.000 \|/,
    );
  });

  it('is content when nothing got worse, and does not upload twice', async () => {
    expect(await run(url)).toBe(0);
    expect(lines.filter((line) => line.startsWith('ko-welfare-a') || line.startsWith('WORSE'))).toEqual([]);
    expect(lines.at(-1)).toContain('No figure is worse');
  });

  it('fails when a ranking is turned upside down, and says which', async () => {
    expect(await run(addressOf(proxy))).toBe(1);
    expect(lines).toContainEqual(expect.stringMatching(/^WORSE default · ko-welfare-a: nDCG@10 was 1\.000 and is 0\.\d+$/));
    expect(lines.at(-1)).toMatch(/^FAILED: \d+ figures are worse/);
  });

  it('compares nothing when only a part was asked', async () => {
    expect(await run(addressOf(proxy), '--limit', '1')).toBe(0);
    expect(lines.at(-1)).toContain('Nothing is compared');
  });

  it.each([
    [['--sets', 'ko-welfar'], 'there is no ko-welfar'],
    [['--limit', '0'], '--limit must be a whole number of 1 or more'],
    [['--limit', '5', '--update'], '--update needs whole sets'],
  ])('refuses %j', (args, sentence) => {
    expect(() => readArguments(args)).toThrow(sentence);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { koreanFailureMessage } from './failure-messages.ko';

const HANGUL = /^[\p{Script=Hangul}\p{N}\p{P}\sA-Z]+$/u;
const LIBRARIES = join(__dirname, '..', '..', '..');
/** Ours, as they are thrown: a code and a sentence. */
const THROWN = /new IngestionFailed\(\s*'(\w+)',\s*['`]([^'`]+)['`]/g;

function thrownIn(folder: string): readonly (readonly [string, string])[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
    .flatMap((path) => [...readFileSync(join(folder, path), 'utf8').matchAll(THROWN)])
    .map(([, code = '', sentence = '']) => [code, sentence.replace(/\$\{[^}]+\}/g, '2000')] as const);
}

describe('koreanFailureMessage', () => {
  const thrown = [...thrownIn(join(LIBRARIES, 'application')), ...thrownIn(join(LIBRARIES, 'infrastructure'))];

  it('knows every sentence that is thrown, or its code', () => {
    expect(thrown.length).toBeGreaterThan(10);
    for (const [code, sentence] of thrown) {
      const korean = koreanFailureMessage(code, sentence);
      expect([sentence, korean]).toEqual([sentence, expect.stringMatching(HANGUL)]);
      if (code !== 'processing_failed') expect([sentence, korean]).not.toEqual([sentence, '문서를 처리하지 못했습니다']);
    }
  });

  it.each([
    ['file_too_large', 'the PDF has more than 2000 pages', 'PDF가 2000페이지를 넘습니다'],
    ['processing_failed', 'gave up after 5 attempts', '5번 시도했으나 처리하지 못했습니다'],
    ['file_encrypted', 'a sentence of tomorrow', '암호로 보호되어 있어 파일을 읽을 수 없습니다'],
    ['code_of_tomorrow', 'a sentence of tomorrow', '문서를 처리하지 못했습니다'],
  ])('says of %s, “%s”: %s', (code, english, korean) => {
    expect(koreanFailureMessage(code, english)).toBe(korean);
  });
});

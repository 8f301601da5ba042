import type { Block } from '../shared/block';
import { cleanBlocks, cleanText } from './clean-text';

describe('cleanText', () => {
  it('composes Hangul that a Mac sent decomposed', () => {
    expect(cleanText('연차휴가'.normalize('NFD')).text).toBe('연차휴가');
  });

  it('turns controls into spaces and keeps tab and line feed', () => {
    expect(cleanText('제3조\u0001휴가\r\n\ttab\u0085end\u007f.').text).toBe('제3조 휴가\n\ttab\nend .');
  });

  it('takes NUL out, which PostgreSQL refuses', () => {
    expect(cleanText('비\0밀').text).toBe('비밀');
  });

  it('repairs half surrogate pairs and leaves whole ones', () => {
    expect(cleanText('a\ud83d b\ude00 c😀').text).toBe('a\ufffd b\ufffd c😀');
  });

  it('removes what nobody sees and counts it', () => {
    expect(cleanText('pass\u200bword \u202ereversed\u202c \ufeff')).toEqual({ text: 'password reversed ', removed: 4, hasTags: false });
  });

  it('keeps the joiner inside an emoji and removes it elsewhere', () => {
    expect(cleanText('👩\u200d💻 👩🏽\u200d💻 ❤\ufe0f\u200d🔥 가\u200d나')).toMatchObject({
      text: '👩\u200d💻 👩🏽\u200d💻 ❤\ufe0f\u200d🔥 가나',
      removed: 1,
    });
  });

  it('reports tag characters, which can spell an invisible instruction', () => {
    expect(cleanText('safe\u{E0069}\u{E0067}')).toMatchObject({ text: 'safe', hasTags: true });
  });

  it('makes one sort of space of all', () => {
    expect(cleanText('연차\u00a015일\u3000이내').text).toBe('연차 15일 이내');
  });
});

describe('cleanBlocks', () => {
  const paragraph = (text: string): Block => ({ kind: 'paragraph', text, page: 1 });

  it('cleans every cell and drops blocks that are empty then', () => {
    const table: Block = { kind: 'table', caption: ' 표\u00011 ', header: ['부서\0'], rows: [['인사\u200b팀']], page: 2 };
    const { blocks } = cleanBlocks([paragraph(' \u200b '), table]);
    expect(blocks).toEqual([{ kind: 'table', caption: '표 1', header: ['부서'], rows: [['인사팀']], page: 2 }]);
  });

  it('keeps the indentation of code', () => {
    const code: Block = { kind: 'code', text: '\n    if (a)\n      b();\n', page: null };
    expect(cleanBlocks([code]).blocks).toEqual([{ ...code, text: '    if (a)\n      b();' }]);
  });

  it('flags more than ten invisible characters in one document', () => {
    const few = Array.from({ length: 10 }, () => paragraph('휴\u200b가'));
    expect(cleanBlocks(few).warnings).toEqual([]);
    expect(cleanBlocks([...few, paragraph('연\u200b차')]).warnings).toEqual(['hidden_characters']);
  });

  it('does not count soft hyphens, which a browser writes', () => {
    expect(cleanBlocks([paragraph('so\u00adft'.repeat(20))]).warnings).toEqual([]);
  });
});

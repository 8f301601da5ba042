import { cutToWidth, displayWidth, padToWidth } from './display-width';
import { tableLines } from './table';

describe('displayWidth', () => {
  it.each([
    ['report.pdf', 10],
    ['취업규칙.pdf', 12],
    ['한빛정밀 (Hanbit)', 17],
    ['취업규칙.pdf'.normalize('NFD').normalize('NFC'), 12],
    ['“42억원”', 8],
    ['é'.normalize('NFD'), 1],
  ])('of %s is %d columns', (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });

  it('fills up to a width and never beyond', () => {
    expect(padToWidth('연차', 6)).toBe('연차  ');
    expect(padToWidth('연차휴가', 6)).toBe('연차휴가');
  });

  it('cuts between syllables, with room for the ellipsis', () => {
    expect(cutToWidth('연차 유급휴가', 8)).toBe('연차 유…');
    expect(displayWidth(cutToWidth('연차 유급휴가', 8))).toBeLessThanOrEqual(8);
    expect(cutToWidth('연차', 4)).toBe('연차');
  });

  it('puts Korean and English cells under each other', () => {
    const [first, second] = tableLines([
      ['취업규칙.pdf', 'version 1'],
      ['handbook-2024.pdf', 'version 12'],
    ]);
    expect(displayWidth((first ?? '').split('version')[0] ?? '')).toBe(displayWidth((second ?? '').split('version')[0] ?? ''));
  });
});

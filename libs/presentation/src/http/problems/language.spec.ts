import { preferredLanguage } from './language';

describe('the language of a problem', () => {
  it.each([
    ['ko'],
    ['KO-kr'],
    ['ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7'],
    ['fr, ko;q=0.9, en;q=0.5'],
    ['en;q=0.5 , ko ; q=0.501'],
    ['ko, *;q=0.5'],
    ['ko;q=0.5, *;q=0.5'],
    ['*, en;q=0'],
    ['en;q=0, ko;q=0.001'],
    ['ko, en'],
    ['ko;q=0.5, en;q=0.50'],
    ['en;q=high, ko;q=0.1'],
  ])('is Korean for %j', (header) => {
    expect(preferredLanguage(header)).toBe('ko');
  });

  it.each([
    [undefined],
    [''],
    ['*'],
    ['fr'],
    ['en, ko'],
    ['ko;q=0'],
    ['ko;q=0, *'],
    ['ko;q=., en'],
    ['ko;q=2, en;q=1'],
    ['kok'],
    [`${'x,'.repeat(300)}ko`],
  ])('is English for %j', (header) => {
    expect(preferredLanguage(header)).toBe('en');
  });
});

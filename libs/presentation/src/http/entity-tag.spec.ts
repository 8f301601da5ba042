import { entityTagOf, isKnown, isMeant, revisionMeant } from './entity-tag';

describe('entity tags', () => {
  it.each([
    ['the tag', '"a"', true],
    ['a weak form of it', 'W/"a"', true],
    ['a list with it', '"b", W/"a" ,"c"', true],
    ['anything', ' * ', true],
    ['another tag', '"b"', false],
    ['a tag with a comma before it', '"x,y", "a"', true],
    ['two tags that it stands between, without quotes of its own', '"x,"a",y"', false],
    ['no quotes', 'a', false],
    ['nothing', '', false],
    ['no header', undefined, false],
    ['a star among tags', '"b", *', false],
  ])('If-None-Match: %s', (_what, header, expected) => expect(isKnown('"a"', header)).toBe(expected));

  it.each([
    ['the tag', '"a"', true],
    ['a list with it', '"b","a"', true],
    ['anything', '*', true],
    ['no header', undefined, true],
    ['a weak form of it', 'W/"a"', false],
    ['another tag', '"b"', false],
    ['no tag at all', 'a', false],
    ['nothing', '', false],
  ])('If-Match: %s', (_what, header, expected) => expect(isMeant('"a"', header)).toBe(expected));

  it('keeps a comma inside a tag', () => expect(isMeant('"a,b"', '"c", "a,b"')).toBe(true));

  it('lets everybody change a thing who does not say what they saw', () => expect(revisionMeant(undefined)).toBeNull());

  it('compares revisions', () => expect([revisionMeant('"3"')?.(3), revisionMeant('"3"')?.(4)]).toEqual([true, false]));

  it('differs with what is shown', () => {
    expect(entityTagOf({ status: 'processing' })).not.toBe(entityTagOf({ status: 'completed' }));
    expect(entityTagOf({ status: 'completed' })).toMatch(/^"[\w-]{27}"$/);
  });
});

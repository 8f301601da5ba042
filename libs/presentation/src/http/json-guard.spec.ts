import * as fc from 'fast-check';
import { ValidationFailed } from '@aegis/domain/shared/validation-failed';
import { guardJson } from './json-guard';
import { HttpProblem } from './problems/http-problem';

const pointerOf = (text: string): string | undefined => {
  try {
    guardJson(text);
    return undefined;
  } catch (error) {
    return error instanceof ValidationFailed ? error.problems[0]?.pointer : 'another error';
  }
};

describe('guardJson', () => {
  it('lets every JSON value through', () => {
    const plain = fc.jsonValue({ maxDepth: 6 }).filter((value) => !JSON.stringify(value).match(/__proto__|constructor|prototype/));
    fc.assert(fc.property(plain, (value) => pointerOf(JSON.stringify(value)) === undefined));
  });

  it.each([
    ['{"query":"a","query":"b"}', '/query'],
    ['{"a":[{"b":1},{"c":2,"c":3}]}', '/a/1/c'],
    [String.raw`{"quer\u0079":1,"query":2}`, '/query'],
    ['{"질문":1,"질문":2}', '/질문'],
    ['{"a/b":1,"a/b":2}', '/a~1b'],
  ])('names a key that comes twice: %s', (text, pointer) => {
    expect(pointerOf(text)).toBe(pointer);
  });

  it.each([
    '{"a":{"x":1},"b":{"x":1}}',
    '[{"x":1},{"x":1}]',
    '{"a":"a","b":"a"}',
    '{"a":["b","b"],"b":1}',
    String.raw`{"a":"\"a\":1,\"a\":2"}`,
  ])('knows keys from values and one object from another: %s', (text) => {
    expect(pointerOf(text)).toBeUndefined();
  });

  it.each(['{"__proto__":{}}', String.raw`{"\u005f_proto__":{}}`, '{"a":{"constructor":{"prototype":{}}}}'])('refuses %s', (text) => {
    expect(() => guardJson(text)).toThrow(HttpProblem);
  });

  it('refuses nesting over 32 levels, however deep it goes', () => {
    expect(() => guardJson('['.repeat(32) + ']'.repeat(32))).not.toThrow();
    expect(() => guardJson('['.repeat(33))).toThrow(HttpProblem);
    expect(() => guardJson('{"a":'.repeat(100_000))).toThrow(HttpProblem);
  });

  it('names what has more than 1,000 members, an object or a list', () => {
    const members = (count: number) => Array.from({ length: count }, (_, index) => `"k${index}":1`).join();
    expect(pointerOf(`{"a":{${members(1_000)}},"b":[${'1,'.repeat(999)}1]}`)).toBeUndefined();
    expect(pointerOf(`{"a":{${members(1_001)}}}`)).toBe('/a');
    expect(pointerOf(`{"a":[0,[${'1,'.repeat(1_000)}1]]}`)).toBe('/a/1');
    expect(pointerOf(`{${members(1_001)}}`)).toBe('');
  });
});

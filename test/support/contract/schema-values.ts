import * as fc from 'fast-check';
import type { Schema } from './api-description';

/** Letters, signs and marks that have broken somebody's software; all of it is text that a database takes. */
const CHARACTERS = Array.from('가나다매출 한글Az09_-.%\'"\\/;:<>{}[]()&|$#@!?*\t\nㅎㅏㄴé\u0301😀👩‍👩‍👧ß\u202eİ\u007f𠮷');
const LAST_DAY = Date.UTC(2025, 11, 31);

/** Values that the schema allows, its edges often among them. */
export function valid(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return fc.oneof(...alternatives.map(valid));
  if (schema.allOf !== undefined) return valid(Object.assign({}, ...schema.allOf) as Schema);
  const types = typesOf(schema);
  return types.length === 1 ? ofType(types[0] ?? '', schema) : fc.oneof(...types.map((type) => ofType(type, schema)));
}

export const typesOf = ({ type }: Schema): readonly string[] =>
  type === undefined ? ['object'] : typeof type === 'string' ? [type] : type;

function ofType(type: string, schema: Schema): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return texts(schema);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1_000, max: Math.min(schema.maximum ?? 1_000, 2 ** 31) });
    case 'number':
      return numbers(schema);
    case 'boolean':
      return fc.boolean();
    case 'array':
      return lists(schema);
    case 'object':
      return objects(schema);
    default:
      return fc.constant(null);
  }
}

function texts({ format, pattern, contentSchema, minLength = 0, maxLength = 200 }: Schema): fc.Arbitrary<string> {
  if (contentSchema !== undefined) return valid(contentSchema).map((value) => JSON.stringify(value));
  if (format === 'uuid') return fc.uuid({ version: 7 });
  if (format === 'date') return days();
  if (format === 'date-time') return days().map((day) => `${day}T12:34:56.789Z`);
  const rule = new RegExp(pattern ?? '', 'u');
  if (pattern !== undefined && rule.test('2024-02-29') && rule.test('2024-02-29T00:00:00Z') && !rule.test('a')) return instants();
  if (!rule.test('가나')) return fc.stringMatching(rule);
  const text = (from: number, to: number) =>
    fc.array(fc.constantFrom(...CHARACTERS), { minLength: from, maxLength: to }).map((all) => all.join(''));
  const visible = fc.tuple(
    fc.constantFrom('가', 'a', '0'),
    text(Math.max(0, minLength - 1), Math.max(minLength, Math.min(maxLength, 60)) - 1),
  );
  const longest = fc.constantFrom('가', 'x', '😀').map((character) => character.repeat(maxLength));
  const usual = visible.map(([first, rest]) => first + rest);
  return fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: longest }, ...(minLength > 0 ? [] : [fc.constant('')]));
}

const days = (): fc.Arbitrary<string> =>
  fc.date({ min: new Date(0), max: new Date(LAST_DAY), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));
const instants = (): fc.Arbitrary<string> =>
  fc.tuple(days(), fc.constantFrom('', 'T00:00Z', 'T23:59:59.999Z', 'T09:00:00+09:00', 'T12:30:01.1-0330')).map((parts) => parts.join(''));

function numbers({ minimum = -1e6, maximum = 1e6, multipleOf }: Schema): fc.Arbitrary<number> {
  const edges = fc.constantFrom(minimum, maximum);
  if (multipleOf === undefined) return fc.oneof(edges, fc.double({ min: minimum, max: maximum, noNaN: true }));
  const steps = Math.round(1 / multipleOf);
  const most = Math.min(maximum, 10_000);
  return fc.oneof(
    edges,
    fc.integer({ min: Math.ceil(minimum * steps), max: Math.min(most * steps, 2 ** 31 - 1) }).map((step) => step / steps),
  );
}

function lists({ items = {}, minItems = 0, maxItems = 20, uniqueItems = false }: Schema): fc.Arbitrary<unknown> {
  const length = { minLength: minItems, maxLength: Math.min(maxItems, Math.max(minItems, 4)) };
  return uniqueItems ? fc.uniqueArray(valid(items), length) : fc.array(valid(items), length);
}

function objects({ properties, required = [] }: Schema): fc.Arbitrary<unknown> {
  if (properties === undefined)
    return fc.dictionary(fc.constantFrom('a', '팀', 'b c', '😀'), fc.oneof(fc.integer(), fc.boolean(), fc.constant('값')), { maxKeys: 3 });
  const model = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, valid(schema)]));
  return fc.record(model, { requiredKeys: required.filter((name) => name in model) });
}

import * as fc from 'fast-check';
import type { Schema } from './api-description';
import { errorsOf } from './schema-check';
import { typesOf, valid } from './schema-values';

/** A value that must be refused, and where it is wrong. */
export interface Mutant {
  readonly what: string;
  /** JSON pointer to the field. */
  readonly pointer: string;
  readonly value: fc.Arbitrary<unknown>;
}

/** One sample of each type that JSON has. */
const SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  null: [null],
  boolean: [true],
  number: [7.25, -1e308],
  integer: [3],
  string: ['x', '5', 'true', ''],
  array: [[], [[]], ['x']],
  object: [{}, { x: 1 }],
};
const NO_FORMAT = ['', 'nonsense', '2024-1-1', '2024-02-30T', '01/02/2024', '2024-01-01T25:00Z', '00000000-0000', '1', 'null', '٣'];

/** Every way in which a value of the schema can be wrong at one place, at any depth; each is wrong by the schema itself. */
export function mutantsOf(schema: Schema): readonly Mutant[] {
  return everyWay(schema).map((mutant) => ({ ...mutant, value: mutant.value.filter((value) => errorsOf(schema, value).length > 0) }));
}

function everyWay(schema: Schema): Mutant[] {
  const merged = schema.allOf === undefined ? schema : (Object.assign({}, ...schema.allOf) as Schema);
  const types = typesOf(merged);
  const others = Object.entries(SAMPLES).flatMap(([type, samples]) => (isOneOf(type, types) ? [] : samples));
  return [
    here('wrong_type', fc.constantFrom(...others)),
    ...(types.includes('string') ? wrongTexts(merged) : []),
    ...(types.includes('integer') || types.includes('number') ? wrongNumbers(merged) : []),
    ...(types.includes('array') ? wrongLists(merged) : []),
    ...(types.includes('object') ? wrongObjects(merged) : []),
  ];
}

const isOneOf = (type: string, types: readonly string[]): boolean =>
  types.includes(type) || (type === 'integer' && types.includes('number'));
const here = (what: string, value: fc.Arbitrary<unknown>): Mutant => ({ what, pointer: '', value });

function wrongTexts({ enum: allowed, minLength = 0, maxLength, pattern, format, contentSchema }: Schema): Mutant[] {
  if (allowed !== undefined)
    return [here('not_allowed', fc.constantFrom('nonsense', String(allowed[0]).toUpperCase(), `${String(allowed[0])} `, 'null'))];
  return [
    ...(maxLength === undefined
      ? []
      : [
          here(
            'too_long',
            fc.constantFrom('가', 'x', '😀').map((one) => one.repeat(maxLength + 1)),
          ),
        ]),
    ...(minLength > 0 ? [here('too_short', fc.constant(''))] : []),
    ...(minLength > 0 && pattern !== undefined ? [here('blank', fc.constantFrom(' ', '\n\t', '\u3000'))] : []),
    ...(format === undefined && pattern === undefined
      ? []
      : format === 'binary' || pattern === '\\S'
        ? []
        : [here('no_format', fc.constantFrom(...NO_FORMAT))]),
    ...(contentSchema === undefined ? [] : [here('no_json', fc.constantFrom('[', 'a', '{"a":', '"', 'null', '1', '[1]', '[""]', '"x"'))]),
  ];
}

function wrongNumbers({ minimum, maximum, multipleOf, type }: Schema): Mutant[] {
  return [
    ...(minimum === undefined ? [] : [here('too_small', fc.constantFrom(minimum - 1, minimum - 0.5, -1e300))]),
    ...(maximum === undefined ? [] : [here('too_large', fc.constantFrom(maximum + 1, maximum * 10, 1e300))]),
    ...(multipleOf === undefined ? [] : [here('too_fine', fc.constantFrom(multipleOf * 1.5, multipleOf / 10, 5e-324))]),
    ...(type === 'integer' ? [here('no_integer', fc.constantFrom(1.5, 2.000001))] : []),
  ];
}

function wrongLists(schema: Schema): Mutant[] {
  const { items = {}, maxItems, minItems = 0, uniqueItems } = schema;
  const lists = valid({ ...schema, minItems: Math.max(minItems, 1) }) as fc.Arbitrary<readonly unknown[]>;
  return [
    ...(maxItems === undefined || uniqueItems
      ? []
      : [
          here(
            'too_many',
            valid(items).map((item) => Array.from({ length: maxItems + 1 }, () => item)),
          ),
        ]),
    ...(minItems === 0 ? [] : [here('too_few', fc.constant([]))]),
    ...(uniqueItems
      ? [
          here(
            'twice',
            lists.map((list) => [list[0], ...list]),
          ),
        ]
      : []),
    ...everyWay(items).map(({ what, pointer, value }) => ({
      what: `item ${what}`,
      pointer: `/0${pointer}`,
      value: fc.tuple(value, lists).map(([wrong, list]) => [wrong, ...list.slice(1)]),
    })),
  ];
}

function wrongObjects(schema: Schema): Mutant[] {
  const { properties = {}, required = [], additionalProperties } = schema;
  const objects = valid(schema) as fc.Arbitrary<Readonly<Record<string, unknown>>>;
  const unknown = fc.constantFrom('unknown_field', 'tenant_id', '알수없음', 'a/b~c', 'toString', 'hasOwnProperty', '');
  const without = (name: string) => objects.map((value) => Object.fromEntries(Object.entries(value).filter(([key]) => key !== name)));
  return [
    ...required.map((name) => ({ what: 'missing', pointer: `/${name}`, value: without(name) })),
    ...(additionalProperties === false
      ? [
          here(
            'unknown_field',
            fc.tuple(objects, unknown).map(([value, name]) => ({ ...value, [name]: 1 })),
          ),
        ]
      : []),
    ...Object.entries(properties).flatMap(([name, property]) =>
      everyWay(property).map(({ what, pointer, value }) => ({
        what,
        pointer: `/${name}${pointer}`,
        value: fc.tuple(objects, value).map(([object, wrong]) => ({ ...object, [name]: wrong })),
      })),
    ),
  ];
}

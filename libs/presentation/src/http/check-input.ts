import { ValidationFailed, type FieldProblem } from '@aegis/domain/shared/validation-failed';
import { plainToInstance, type ClassConstructor } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import type { ItemRule } from './fields';
import type { FieldCode } from './problems/problem-codes';

/** Whether problems are named by JSON pointers into a body or by names of query parameters. */
export type InputPlace = 'body' | 'query';

/** Told of one request. */
export const MAX_PROBLEMS = 50;
/** In order of rank: of several rules that one value breaks, the first here is told. */
const CODE_OF_RULE: Readonly<Record<string, FieldCode>> = {
  whitelistValidation: 'unknown_field',
  isString: 'wrong_type',
  isInt: 'wrong_type',
  isNumber: 'wrong_type',
  isBoolean: 'wrong_type',
  isArray: 'wrong_type',
  isObject: 'wrong_type',
  nestedValidation: 'wrong_type',
  unknownValue: 'wrong_type',
  min: 'out_of_range',
  max: 'out_of_range',
  maxTextLength: 'too_long',
  minTextLength: 'too_short',
  arrayMinSize: 'too_short',
  arrayMaxSize: 'too_many',
  arrayUnique: 'duplicate_field',
  maxJsonSize: 'too_long',
  isIn: 'not_allowed',
  isUuid: 'invalid_format',
  isInstant: 'invalid_format',
  isDay: 'invalid_format',
  isMillionths: 'invalid_format',
};

/** The input as an instance of its class, every field checked, nothing unknown in it. Throws ValidationFailed, naming all problems. */
export function checkInput<T extends object>(type: ClassConstructor<T>, plain: unknown, place: InputPlace): T {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    throw new ValidationFailed([{ pointer: '', code: 'wrong_type', message: 'must be an object' }]);
  }
  const input = plainToInstance(type, plain);
  const failed = validateSync(input, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true });
  const strange = [...inheritedNames(plain, ''), ...badTexts(plain, ''), ...badTexts(readOut(plain, input), '')];
  const problems = [...failed.flatMap((error) => problemsOf(error, '')), ...strange].slice(0, MAX_PROBLEMS);
  if (problems.length === 0) return input;
  throw new ValidationFailed(
    place === 'body' ? problems : problems.map((problem) => ({ ...problem, pointer: `?${problem.pointer.slice(1)}` })),
  );
}

function problemsOf(error: ValidationError, parent: string): FieldProblem[] {
  const pointer = `${parent}/${escaped(error.property)}`;
  const [broken] = Object.entries(error.constraints ?? {}).sort(([one], [other]) => rankOf(one) - rankOf(other));
  const places = broken === undefined ? [] : placesOf(error, broken[0], pointer);
  const own =
    broken === undefined
      ? []
      : places.map((place) => ({ pointer: place, code: codeOf(broken[0], error), message: wordsOf(codeOf(broken[0], error), broken[1]) }));
  return [...own, ...(error.children ?? []).flatMap((child) => problemsOf(child, pointer))];
}

/** The items that break a rule of items, or the field itself. */
function placesOf({ value, contexts }: ValidationError, rule: string, pointer: string): readonly string[] {
  const items = contexts?.[rule] as ItemRule | undefined;
  if (items === undefined || !Array.isArray(value)) return [pointer];
  return value.flatMap((item, index) => (items.holds(item) ? [] : [`${pointer}/${index}`]));
}

const RANKED = Object.keys(CODE_OF_RULE);
const rankOf = (rule: string): number => (RANKED.includes(rule) ? RANKED.indexOf(rule) : RANKED.length);

function codeOf(rule: string, { value }: ValidationError): FieldCode {
  if (value === undefined && rule !== 'whitelistValidation') return 'required';
  return CODE_OF_RULE[rule] ?? 'invalid';
}

/** An unknown name is the client's text: it is in the pointer, once is enough. Of what is missing no other rule is worth telling. */
const wordsOf = (code: FieldCode, message: string): string => (code === 'unknown_field' || code === 'required' ? '' : message);

/** A name that every object inherits, `toString`, is taken for a known field by class-validator: it looks the name up in an object. */
function inheritedNames(value: unknown, pointer: string): FieldProblem[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const own = `${pointer}/${escaped(key)}`;
    return [...(key in Object.prototype ? [{ pointer: own, code: 'unknown_field', message: '' }] : []), ...inheritedNames(inner, own)];
  });
}

/** Values that were read out of texts, JSON in a form: what a text hides by escapes shows only there. */
const readOut = (plain: object, input: object): object =>
  Object.fromEntries(
    Object.entries(input).filter(([key, value]) => typeof value === 'object' && typeof Reflect.get(plain, key) === 'string'),
  );

const NO_TEXT = /\u0000|\p{Surrogate}/u;

/** Strings that no database takes: with U+0000, or with half a surrogate pair. */
function badTexts(value: unknown, pointer: string): FieldProblem[] {
  if (typeof value === 'string') return NO_TEXT.test(value) ? [{ pointer, code: 'invalid_text', message: '' }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(NO_TEXT.test(key) ? [{ pointer, code: 'invalid_text', message: '' }] : []),
    ...badTexts(inner, `${pointer}/${escaped(key)}`),
  ]);
}

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

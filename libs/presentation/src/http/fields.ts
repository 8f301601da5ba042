import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsNumber, isString, IsString, ValidateBy, ValidateIf, type ValidationOptions } from 'class-validator';
import { INSTANT_PATTERN, parseDay, parseInstant } from './instants';

/** Characters as a reader counts them: code points, so that a Hangul syllable or an emoji is one. */
export const lengthOf = (text: string): number => Array.from(text).length;

/** The field may be left out; null is not "left out". */
export const Omittable = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);
/** The field may be left out or null. */
export const Nullable = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined && value !== null);

export const Trim = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value));

const rule = (name: string, holds: (value: unknown) => boolean, message: string, options?: ValidationOptions): PropertyDecorator =>
  ValidateBy({ name, validator: { validate: holds, defaultMessage: () => message } }, options);

/** What a rule of items carries: the validator says of a list only that one of its items is wrong. */
export interface ItemRule {
  readonly holds: (item: unknown) => boolean;
}

/** Asks a rule of every item, and lets an error name the items that break it. */
export const eachBy = (holds: ItemRule['holds']): { readonly each: true; readonly context: ItemRule } => ({
  each: true,
  context: { holds },
});

/** Text of so many characters, in the documentation too. Use it as the only rule of a field, or with `each`. */
export function Text({
  min = 0,
  max,
  each = false,
}: {
  readonly min?: number;
  readonly max: number;
  readonly each?: boolean;
}): PropertyDecorator {
  const isShort = (value: unknown) => typeof value !== 'string' || lengthOf(value) <= max;
  const isLong = (value: unknown) => typeof value !== 'string' || lengthOf(value) >= min;
  return applyDecorators(
    rule('maxTextLength', isShort, `must have at most ${max} characters`, each ? eachBy(isShort) : {}),
    rule('minTextLength', isLong, `must have at least ${min} characters`, each ? eachBy(isLong) : {}),
    IsString(each ? eachBy(isString) : {}),
    ApiProperty({ ...(min > 0 && { minLength: min }), maxLength: max }),
  );
}

/** A trimmed text with something to see in it. */
export const Name = ({ max }: { readonly max: number }): PropertyDecorator =>
  applyDecorators(Trim(), Text({ min: 1, max }), ApiProperty({ pattern: '\\S' }));

export const Texts = ({ max, count }: { readonly max: number; readonly count: number }): PropertyDecorator =>
  applyDecorators(Text({ min: 1, max, each: true }), ArrayMaxSize(count), IsArray(), ApiProperty({ maxItems: count }));

/** ISO 8601: a moment with its zone, or a day. */
export const IsInstant = (): PropertyDecorator =>
  applyDecorators(
    rule(
      'isInstant',
      (value) => typeof value === 'string' && parseInstant(value, 'start') !== null,
      'must be an ISO 8601 time with zone, or YYYY-MM-DD',
    ),
    ApiProperty({ pattern: INSTANT_PATTERN }),
  );

export const IsDay = (): PropertyDecorator =>
  applyDecorators(
    rule('isDay', (value) => typeof value === 'string' && parseDay(value) !== null, 'must be a day, YYYY-MM-DD'),
    ApiProperty({ format: 'date' }),
  );

/** US dollars, to the millionth. The `maxDecimalPlaces` of IsNumber takes 1.5e-6 for one place and fails at 5e-324. */
export const IsUsd = (): PropertyDecorator =>
  applyDecorators(
    rule('isMillionths', (value) => typeof value !== 'number' || Number(value.toFixed(6)) === value, 'must have at most 6 decimals'),
    IsNumber(),
    ApiProperty({ multipleOf: 0.000001 }),
  );

/** What comes in a query string is text: a whole number becomes one, everything else stays and fails its rule. */
export const WholeNumberText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value));

export const BooleanText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value));

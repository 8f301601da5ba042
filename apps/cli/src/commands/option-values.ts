import { InvalidArgumentError } from 'commander';

/** Option values are texts: these check and convert them, and commander says which option was wrong. */
export const numberBetween =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= min && value <= max)) throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
    return value;
  };

export const wholeNumberBetween =
  (min: number, max: number) =>
  (text: string): number => {
    const value = numberBetween(min, max)(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
    return value;
  };

/** For an option that may be given more than once. */
export const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text];

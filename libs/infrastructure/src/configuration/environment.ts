import { readFileSync } from 'node:fs';
import { ConfigurationError } from './configuration-error';

export type RawEnvironment = Readonly<Record<string, string | undefined>>;

/** Reads names one after another and collects what is wrong, so that a person sees all of it in one go. */
export class Environment {
  private readonly problems: string[] = [];
  private readonly asked = new Set<string>();

  constructor(private readonly values: RawEnvironment) {}

  /** The value, or the content of the file that `NAME_FILE` points to. Empty counts as not given. */
  text(name: string): string | undefined {
    this.asked.add(name).add(`${name}_FILE`);
    const file = this.values[`${name}_FILE`];
    const value = this.values[name];
    if (file !== undefined && value !== undefined && value !== '')
      this.problem(`${name} and ${name}_FILE are both given: give one of them`);
    if (file === undefined) return value === '' ? undefined : value;
    try {
      return readFileSync(file, 'utf8').trim();
    } catch {
      this.problem(`${name}_FILE points to a file that cannot be read`);
      return undefined;
    }
  }

  oneOf<const Choice extends string>(name: string, choices: readonly Choice[], fallback: NoInfer<Choice>): Choice {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const choice = choices.find((each) => each === value);
    if (choice === undefined) this.problem(`${name} must be one of ${choices.join(', ')}`);
    return choice ?? fallback;
  }

  number(name: string, fallback: number, { min, max }: { readonly min: number; readonly max: number }): number {
    return this.optionalNumber(name, { min, max }) ?? fallback;
  }

  optionalNumber(name: string, { min, max }: { readonly min: number; readonly max: number }): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (Number.isFinite(value) && value >= min && value <= max) return value;
    this.problem(`${name} must be a number from ${min} to ${max}`);
    return undefined;
  }

  url(name: string, protocols: readonly string[]): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol)) {
      this.problem(`${name} must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`);
    }
    return text;
  }

  problem(sentence: string): void {
    this.problems.push(sentence);
  }

  /** Throws when anything is wrong; a name of ours that nobody asked for is a typing error. */
  finish(prefix: string, alsoKnown: readonly string[]): void {
    for (const name of Object.keys(this.values)) {
      if (name.startsWith(prefix) && !this.asked.has(name) && !alsoKnown.includes(name))
        this.problem(`${name} is not a name that AEGIS knows`);
    }
    this.throwProblems();
  }

  /** For who reads a few names only. */
  throwProblems(): void {
    if (this.problems.length > 0) throw new ConfigurationError(this.problems);
  }
}

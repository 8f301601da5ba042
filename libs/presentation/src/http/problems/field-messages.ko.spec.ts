import 'reflect-metadata';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as rules from 'class-validator';
import { koreanFieldMessage } from './field-messages.ko';

const LIBRARIES = join(__dirname, '..', '..', '..', '..');

/** A use of each decorator that breaks it; those that say nothing of their own are null. */
const BROKEN: Readonly<Record<string, readonly [PropertyDecorator, unknown] | null>> = {
  ArrayMaxSize: [rules.ArrayMaxSize(1), [1, 2]],
  ArrayMinSize: [rules.ArrayMinSize(1), []],
  ArrayUnique: [rules.ArrayUnique(), [1, 1]],
  IsArray: [rules.IsArray(), 1],
  IsBoolean: [rules.IsBoolean(), 1],
  IsIn: [rules.IsIn(['a', 'b']), 'c'],
  IsInt: [rules.IsInt(), 1.5],
  IsNumber: [rules.IsNumber(), 'x'],
  IsObject: [rules.IsObject(), 1],
  IsString: [rules.IsString(), 1],
  IsUUID: [rules.IsUUID('all'), 'x'],
  Max: [rules.Max(1), 2],
  Min: [rules.Min(1), 0],
  ValidateNested: [rules.ValidateNested(), 1],
  ValidateBy: null, // its message is ours: below
  ValidateIf: null,
};

const sources = ['domain', 'application', 'presentation'].flatMap((library) =>
  readdirSync(join(LIBRARIES, library), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
    .map((path) => readFileSync(join(LIBRARIES, library, path), 'utf8')),
);
const found = (pattern: RegExp): readonly string[] => [
  ...new Set(sources.flatMap((source) => [...source.matchAll(pattern)]).map(([, text = '']) => text)),
];

/** Sentences of ours about a field: of rules, and of errors that are thrown where several fields count. */
const ours = [
  ...found(/pointer: [^}]*message: ['`]([^'`]+)['`]/g),
  ...found(/this\.refuse\([^;]*['`]([^'`]+)['`](?:, stream)?\)/g),
  ...found(/['`](must (?:be|have) [^'`]+)['`]/g),
].map((text) => text.replace('the file name ${what}', 'the file name is empty').replace(/\$\{[^}]+\}/g, '7'));

function defaultMessage(decorator: PropertyDecorator, value: unknown): string {
  class Input {
    field = value;
  }
  decorator(Input.prototype, 'field');
  const [problem] = rules.validateSync(new Input());
  return Object.values(problem?.constraints ?? {})[0] ?? '';
}

describe('koreanFieldMessage', () => {
  it('has a sentence for every rule that a field has', () => {
    const used = new Set(
      found(/import \{([^}]+)\} from 'class-validator'/g).flatMap((names) => names.split(',').map((name) => name.trim())),
    );
    const decorators = [...used].filter((name) => /^[A-Z]\w+$/.test(name) && !name.startsWith('Validation'));
    expect(decorators.length).toBeGreaterThan(10);
    for (const name of decorators) {
      const broken = BROKEN[name];
      if (broken === undefined) throw new Error(`${name} is used and not known here`);
      if (broken !== null) expect([name, koreanFieldMessage(defaultMessage(...broken))]).toEqual([name, expect.stringMatching(/[가-힣]/)]);
    }
  });

  it('has a sentence for everything that we say of a field ourselves', () => {
    expect(ours.length).toBeGreaterThan(15);
    for (const text of ours) expect([text, koreanFieldMessage(text)]).toEqual([text, expect.stringMatching(/[가-힣]/)]);
  });

  it.each([
    ['top_k must not be greater than 50', '50 이하여야 합니다'],
    ['min_confidence must not be less than 0', '0 이상이어야 합니다'],
    ['must have at most 200 characters', '최대 200자까지 가능합니다'],
    ['must have at least 1 characters', '1자 이상이어야 합니다'],
    ['must have at most 16384 bytes as JSON', 'JSON으로 최대 16384바이트까지 가능합니다'],
    ['scopes must contain at least 1 elements', '항목이 1개 이상이어야 합니다'],
    ['tags must contain no more than 50 elements', '항목은 최대 50개까지 가능합니다'],
    ['each value in scopes must be one of the following values: query, admin', '다음 중 하나여야 합니다: query, admin'],
    ['must be one of extractive', '다음 중 하나여야 합니다: extractive'],
    ['must have at most 6 decimals', '소수점 이하 6자리까지 가능합니다'],
    ['each value in tags must be a string', '문자열이어야 합니다'],
    ["All scopes's elements must be unique", '같은 항목을 두 번 넣을 수 없습니다'],
    ['lies before period_start', 'period_start보다 앞섭니다'],
  ])('says of “%s”: %s', (english, korean) => {
    expect(koreanFieldMessage(english)).toBe(korean);
  });

  it('has no sentence for what it does not know', () => {
    expect(koreanFieldMessage('a sentence of tomorrow')).toBeNull();
    expect(koreanFieldMessage('')).toBeNull();
  });
});

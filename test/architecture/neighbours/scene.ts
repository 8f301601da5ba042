import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Type, plainToInstance } from 'class-transformer';
import { getMetadataStorage, IsString } from 'class-validator';
import { count } from './counter';

const SHARED = Symbol.for('aegis.test.neighbours');

const { defaultMetadataStorage: transformations } = createRequire(__filename)('class-transformer/cjs/storage') as {
  readonly defaultMetadataStorage: object;
};
const classes = (storage: object, about: string): unknown[] => [...(Reflect.get(storage, about) as ReadonlyMap<unknown, unknown>).keys()];

/** Each of two test files of one worker finds the world clean, and leaves it as dirty as it can. */
export function scene(name: string): void {
  const known = [classes(getMetadataStorage(), 'validationMetadatas'), classes(transformations, '_typeMetadatas')];

  class Sender {
    @IsString()
    readonly name!: string;
  }
  class Letter {
    @Type(() => Sender)
    readonly sender!: Sender;
  }

  describe(`the test file ${name}`, () => {
    it('has modules of ours of its own', () => {
      expect(count(name)).toBe(1);
    });

    it('shares packages with the other', () => {
      const loaded = (process as { aegisNeighbours?: unknown }).aegisNeighbours ?? plainToInstance;
      (process as { aegisNeighbours?: unknown }).aegisNeighbours = loaded;
      expect(loaded).toBe(plainToInstance);
    });

    it('finds no variable of the environment, global and metadata of the other', () => {
      expect(process.env['AEGIS_NEIGHBOUR']).toBeUndefined();
      expect(process.env['PATH']).not.toBe('');
      expect(Reflect.get(globalThis, SHARED)).toBeUndefined();
      expect(Reflect.get(globalThis, 'neighbour')).toBeUndefined();
      expect(String(globalThis.structuredClone)).toContain('structuredClone');
      expect(known).toEqual([[], []]);
    });

    it('knows errors and bytes of Node and of packages as its own', () => {
      expect(() => readFileSync('/no such file')).toThrow(Error);
      expect(Buffer.from('가')).toBeInstanceOf(Uint8Array);
      expect(plainToInstance(Letter, { sender: { name: '한빛' } }).sender).toBeInstanceOf(Sender);
    });

    afterAll(() => {
      process.env['AEGIS_NEIGHBOUR'] = name;
      process.env['PATH'] = '';
      Reflect.set(globalThis, SHARED, name);
      Reflect.set(globalThis, 'neighbour', name);
      globalThis.structuredClone = () => {
        throw new Error(`of ${name}`);
      };
    });
  });
}

import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { TenantMemory } from './tenant-memory';

const TENANT = TenantId.parse('01890000-0000-7000-8000-000000000001');
const OTHER = TenantId.parse('01890000-0000-7000-8000-000000000002');
const [FIRST, SECOND] = ['chunk 1', 'chunk 2'];

const aMemory = (maxBytes = 1_000_000) => new TenantMemory<Uint8Array>({ maxBytes, bytesOf: ({ byteLength }) => byteLength });

/** A value of ten bytes for every key that is asked for, which holds the tenant's mark; counts the keys that it was asked for. */
function reader(mark: number, { without = [] as readonly string[] } = {}) {
  const asked: string[][] = [];
  const read = (keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> => {
    asked.push([...keys]);
    return Promise.resolve(new Map(keys.filter((key) => !without.includes(key)).map((key) => [key, new Uint8Array(10).fill(mark)])));
  };
  return { read, asked };
}

describe('what is remembered of chunks', () => {
  it('is read once, and only what is missing', async () => {
    const memory = aMemory();
    const { read, asked } = reader(7);
    await memory.of(TENANT, [FIRST], read);
    const values = await memory.of(TENANT, [FIRST, SECOND], read);
    expect(await memory.of(TENANT, [SECOND, FIRST], read)).toEqual(values);
    expect(asked).toEqual([[FIRST], [SECOND]]);
    expect([...values]).toEqual([
      [FIRST, new Uint8Array(10).fill(7)],
      [SECOND, new Uint8Array(10).fill(7)],
    ]);
  });

  it('is nothing where nothing is wanted', async () => {
    const { read, asked } = reader(7);
    expect(await aMemory().of(TENANT, [], read)).toEqual(new Map());
    expect(asked).toEqual([]);
  });

  it('is never that of another tenant or variant, whatever its keys are', async () => {
    const memory = aMemory();
    await memory.of(TENANT, [FIRST], reader(7).read);
    expect((await memory.of(OTHER, [FIRST], reader(8).read)).get(FIRST)?.[0]).toBe(8);
    expect((await memory.of(TENANT, [FIRST], reader(9).read, 1)).get(FIRST)?.[0]).toBe(9);
    expect((await memory.of(TENANT, [FIRST], reader(0).read)).get(FIRST)?.[0]).toBe(7);
  });

  it('is asked for again where there was none, and after a failure', async () => {
    const memory = aMemory();
    const failing = () => Promise.reject(new Error('away'));
    await expect(memory.of(TENANT, [FIRST], failing)).rejects.toThrow('away');
    expect(await memory.of(TENANT, [FIRST], reader(7, { without: [FIRST] }).read)).toEqual(new Map());
    expect((await memory.of(TENANT, [FIRST], reader(8).read)).get(FIRST)?.[0]).toBe(8);
  });

  it('takes no more room than it may, and none at all with 0', async () => {
    const small = aMemory(2 * (500 + 10));
    const { read, asked } = reader(7);
    for (const key of [FIRST, SECOND, 'chunk 3', SECOND, FIRST]) await small.of(TENANT, [key], read);
    expect(asked.flat()).toEqual([FIRST, SECOND, 'chunk 3', FIRST]);
    const none = aMemory(0);
    const always = reader(7);
    for (let time = 0; time < 2; time++) await none.of(TENANT, [FIRST], always.read);
    expect(always.asked).toEqual([[FIRST], [FIRST]]);
  });
});

import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { RememberedTokenCodes, type TokenCodes } from './remembered-token-codes';

const TENANT = TenantId.parse('01890000-0000-7000-8000-000000000001');
const OTHER = TenantId.parse('01890000-0000-7000-8000-000000000002');
const [FIRST, SECOND] = ['chunk 1', 'chunk 2'];
const MODEL = 1;

/** Codes of `bytes` bytes for every chunk that is asked for, which hold the tenant's mark; counts the chunks that it was asked for. */
function reader(mark: number, { bytes = 10, without = [] as readonly string[] } = {}) {
  const asked: string[][] = [];
  const read = (chunkIds: readonly string[]): Promise<TokenCodes> => {
    asked.push([...chunkIds]);
    return Promise.resolve(new Map(chunkIds.filter((id) => !without.includes(id)).map((id) => [id, new Uint8Array(bytes).fill(mark)])));
  };
  return { read, asked };
}

describe('remembered token codes', () => {
  it('are read once, and only those that are missing', async () => {
    const remembered = new RememberedTokenCodes({ maxBytes: 1_000_000 });
    const { read, asked } = reader(7);
    await remembered.of(TENANT, MODEL, [FIRST], read);
    const codes = await remembered.of(TENANT, MODEL, [FIRST, SECOND], read);
    expect(await remembered.of(TENANT, MODEL, [SECOND, FIRST], read)).toEqual(codes);
    expect(asked).toEqual([[FIRST], [SECOND]]);
    expect([...codes]).toEqual([
      [FIRST, new Uint8Array(10).fill(7)],
      [SECOND, new Uint8Array(10).fill(7)],
    ]);
  });

  it('ask for nothing where nothing is wanted', async () => {
    const { read, asked } = reader(7);
    expect(await new RememberedTokenCodes({ maxBytes: 1_000_000 }).of(TENANT, MODEL, [], read)).toEqual(new Map());
    expect(asked).toEqual([]);
  });

  it('are never those of another tenant or model, whatever it calls its chunks', async () => {
    const remembered = new RememberedTokenCodes({ maxBytes: 1_000_000 });
    await remembered.of(TENANT, MODEL, [FIRST], reader(7).read);
    expect((await remembered.of(OTHER, MODEL, [FIRST], reader(8).read)).get(FIRST)?.[0]).toBe(8);
    expect((await remembered.of(TENANT, MODEL + 1, [FIRST], reader(9).read)).get(FIRST)?.[0]).toBe(9);
    expect((await remembered.of(TENANT, MODEL, [FIRST], reader(0).read)).get(FIRST)?.[0]).toBe(7);
  });

  it('ask again for a chunk that had none, and after a failure', async () => {
    const remembered = new RememberedTokenCodes({ maxBytes: 1_000_000 });
    const failing = () => Promise.reject(new Error('away'));
    await expect(remembered.of(TENANT, MODEL, [FIRST], failing)).rejects.toThrow('away');
    expect(await remembered.of(TENANT, MODEL, [FIRST], reader(7, { without: [FIRST] }).read)).toEqual(new Map());
    expect((await remembered.of(TENANT, MODEL, [FIRST], reader(8).read)).get(FIRST)?.[0]).toBe(8);
  });

  it('take no more room than they may, and none at all with 0', async () => {
    const small = new RememberedTokenCodes({ maxBytes: 2 * (500 + 10) });
    const { read, asked } = reader(7);
    for (const chunkId of [FIRST, SECOND, 'chunk 3', SECOND, FIRST]) await small.of(TENANT, MODEL, [chunkId], read);
    expect(asked.flat()).toEqual([FIRST, SECOND, 'chunk 3', FIRST]);
    const none = new RememberedTokenCodes({ maxBytes: 0 });
    const always = reader(7);
    for (let time = 0; time < 2; time++) await none.of(TENANT, MODEL, [FIRST], always.read);
    expect(always.asked).toEqual([[FIRST], [FIRST]]);
  });
});

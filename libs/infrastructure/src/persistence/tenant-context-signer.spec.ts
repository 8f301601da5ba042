import { createHmac } from 'node:crypto';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { TenantContextSigner } from './tenant-context-signer';

const KEY = Buffer.alloc(32, 7);
const [ONE, OTHER] = ['018f0000-0000-7000-8000-000000000001', '018f0000-0000-7000-8000-000000000002'].map((id) => TenantId.parse(id)) as [
  TenantId,
  TenantId,
];

const expected = (tenantId: TenantId, at: number): string =>
  `3.${at}.${createHmac('sha256', KEY).update(`v1|${tenantId}|${at}`).digest('hex')}`;

describe('TenantContextSigner', () => {
  const now = jest.spyOn(Date, 'now');
  afterAll(() => now.mockRestore());

  it("signs each tenant of a second for itself, in the database's time", () => {
    const signer = new TenantContextSigner(3, KEY, 2_000);
    now.mockReturnValue(10_400);
    expect([signer.sign(ONE), signer.sign(OTHER), signer.sign(ONE)]).toEqual([expected(ONE, 12), expected(OTHER, 12), expected(ONE, 12)]);
  });

  it('signs anew in another second, in one that came before too', () => {
    const signer = new TenantContextSigner(3, KEY);
    now.mockReturnValue(10_400);
    signer.sign(ONE);
    now.mockReturnValue(11_000);
    expect(signer.sign(ONE)).toBe(expected(ONE, 11));
    now.mockReturnValue(10_999);
    expect(signer.sign(ONE)).toBe(expected(ONE, 10));
  });
});

import { ApiKey, statusOf, type ApiKeyProps } from './api-key';
import { ApiKeyNotRotatable } from './api-key-errors';
import { ApiKeyId } from './api-key-id';
import { TenantId } from './tenant-id';

const NOON = new Date('2026-05-01T12:00:00Z');
const later = (seconds: number): Date => new Date(NOON.getTime() + seconds * 1_000);
const actor = { kind: 'platform_admin' } as const;
const idOf = (digit: number): string => `00000000-0000-7000-8000-00000000000${digit}`;
const successor = { id: ApiKeyId.parse(idOf(3)), lookupId: 'next', digest: new Uint8Array([2]) };

const aKey = (about: Partial<ApiKeyProps> = {}): ApiKey =>
  ApiKey.fromSnapshot({
    id: ApiKeyId.parse(idOf(1)),
    tenantId: TenantId.parse(idOf(2)),
    name: '보고서',
    mode: 'test',
    lookupId: 'first',
    digest: new Uint8Array([1]),
    scopes: ['query'],
    createdAt: later(-3_600),
    expiresAt: null,
    notAfter: null,
    revokedAt: null,
    lastUsedAt: later(-60),
    ...about,
  });

describe('API key', () => {
  it('is rotated into one for the same use with the same end, which nobody has used yet', () => {
    const old = aKey({ expiresAt: later(99_999) });
    const next = old.rotate(successor, 60, actor, NOON).toSnapshot();
    expect(next).toEqual({ ...aKey({ expiresAt: later(99_999) }).toSnapshot(), ...successor, createdAt: NOON, lastUsedAt: null });
    expect(old.toSnapshot()).toMatchObject({ notAfter: later(60), revokedAt: null, lookupId: 'first' });
    expect(old.takeEvents()).toEqual([
      {
        ...{ type: 'api_key.rotated', occurredAt: NOON, actor, tenantId: idOf(2), keyId: idOf(1) },
        ...{ successorId: idOf(3), overlapSeconds: 60 },
      },
    ]);
  });

  it('is revoked by a rotation without an overlap', () => {
    const old = aKey();
    old.rotate(successor, 0, actor, NOON);
    expect(old.toSnapshot()).toMatchObject({ notAfter: NOON, revokedAt: NOON });
  });

  it.each([
    ['revoked', { revokedAt: later(-1) }],
    ['expired', { expiresAt: NOON }],
    ['retiring', { notAfter: later(1) }],
    ['expired', { notAfter: NOON }],
  ] as const)('that is %s is not rotated', (status, about) => {
    const key = aKey(about);
    expect(statusOf(key.toSnapshot(), NOON)).toBe(status);
    expect(() => key.rotate(successor, 60, actor, NOON)).toThrow(ApiKeyNotRotatable);
    expect(key.takeEvents()).toEqual([]);
  });

  it('is active until its end', () => {
    expect(statusOf(aKey({ expiresAt: later(1) }).toSnapshot(), NOON)).toBe('active');
  });
});

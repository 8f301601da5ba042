import { UuidV7Generator } from './uuid-v7-generator';

describe('UuidV7Generator', () => {
  const ids = new UuidV7Generator();

  it('begins with the millisecond, and says its version and variant', () => {
    const now = jest.spyOn(Date, 'now').mockReturnValue(0x0123456789ab);
    expect(ids.next()).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    now.mockReturnValue(5);
    expect(ids.next()).toMatch(/^00000000-0005-7/);
    now.mockRestore();
  });

  it('gives another one each time, within a millisecond too', () => {
    const made = Array.from({ length: 5_000 }, () => ids.next());
    expect(new Set(made.map((id) => id.slice(14))).size).toBe(5_000);
  });
});

import { AddressBuckets, groupOf } from './address-buckets';

function setUp(maxAddresses?: number) {
  let now = 0;
  const buckets = new AddressBuckets(10, 3, () => now, maxAddresses);
  const takes = (address: string, count: number) =>
    Array.from({ length: count }, () => buckets.take(address)).filter((wait) => wait === 0).length;
  return { buckets, takes, pass: (ms: number) => (now += ms) };
}

describe('AddressBuckets', () => {
  it('gives each address its burst, and fills evenly again', () => {
    const { takes, pass } = setUp();
    expect([takes('192.0.2.1', 5), takes('192.0.2.2', 5)]).toEqual([3, 3]);
    pass(200);
    expect(takes('192.0.2.1', 5)).toBe(2);
  });

  it('says how long to wait, and looking takes nothing', () => {
    const { buckets, takes } = setUp();
    for (let look = 0; look < 10; look++) expect(buckets.waitOf('192.0.2.1')).toBe(0);
    expect(takes('192.0.2.1', 3)).toBe(3);
    expect([buckets.waitOf('192.0.2.1'), buckets.take('192.0.2.1')]).toEqual([1, 1]);
  });

  it('forgets the address that was not seen for longest', () => {
    const { takes } = setUp(2);
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.1', '192.0.2.3']) takes(address, 3);
    expect([takes('192.0.2.1', 1), takes('192.0.2.2', 1)]).toEqual([0, 1]);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:db8:1:2:3:4:192.0.2.1', '2001:db8:1:2::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ])('counts %s as %s', (address, group) => expect(groupOf(address)).toBe(group));
});

import { withLater } from './with-later';

describe('a failure while cleaning up after another', () => {
  it('stands at the end of the causes of the first, which is thrown on as it was', () => {
    const [root, later] = [new Error('connection reset'), new Error('pool closed')];
    const first = new TypeError('search failed', { cause: root });
    expect(withLater(first, later)).toBe(first);
    expect(first.cause).toBe(root);
    expect(root.cause).toBe(later);
  });

  it('is not added to itself: whoever follows the causes comes to an end', () => {
    const first = new Error('stopped');
    const later = new Error('stopped too', { cause: first });
    withLater(first, first);
    withLater(first, later);
    expect(first.cause).toBeUndefined();
  });

  it('takes nothing away from what is no error, or has a cause that is none', () => {
    const first = new Error('odd', { cause: 'a text' });
    expect(withLater('a text', new Error('later'))).toBe('a text');
    withLater(first, new Error('later'));
    expect(first.cause).toBe('a text');
  });
});

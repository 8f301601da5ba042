import { allEnded } from './all-ended';

describe('allEnded', () => {
  it('gives the results in their places, of what needs no waiting too', async () => {
    expect(await allEnded([Promise.resolve(1), 'b', null])).toEqual([1, 'b', null]);
  });

  it('fails with the failure that came first, when everybody has ended', async () => {
    let isWriting = true;
    const slow = new Promise<void>((resolve) =>
      setTimeout(() => {
        isWriting = false;
        resolve();
      }, 20),
    );
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error('the transaction is aborted')), 5));
    await expect(allEnded([slow, late, Promise.reject(new Error('the cause'))])).rejects.toThrow('the cause');
    expect(isWriting).toBe(false);
  });
});

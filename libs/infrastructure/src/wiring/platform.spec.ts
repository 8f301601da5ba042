import { closedOnFailure } from './platform';

class Opened {
  closings = 0;
  constructor(private readonly closingFails = false) {}
  close(): Promise<void> {
    this.closings += 1;
    return this.closingFails ? Promise.reject(new Error('cannot close')) : Promise.resolve();
  }
}

describe('closedOnFailure', () => {
  it('leaves open what was started', async () => {
    const open = new Opened();
    expect(await closedOnFailure(open, (given) => Promise.resolve(given))).toBe(open);
    expect(open.closings).toBe(0);
  });

  it.each([false, true])('closes what could not be started, and says why it could not (closing fails: %s)', async (closingFails) => {
    const open = new Opened(closingFails);
    await expect(closedOnFailure(open, () => Promise.reject(new Error('port is in use')))).rejects.toThrow('port is in use');
    expect(open.closings).toBe(1);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { Handover } from './handover';

describe('Handover', () => {
  it('gives values in order, then the end', async () => {
    const handover = new Handover<number>();
    void (async () => {
      for (const value of [1, 2, 3]) await handover.give(value);
      handover.finish();
    })();
    const taken: number[] = [];
    for await (const value of handover) taken.push(value);
    expect(taken).toEqual([1, 2, 3]);
  });

  it('gives a failure after what was given', async () => {
    const handover = new Handover<number>();
    void handover.give(1).then(() => handover.fail(new Error('끊김')));
    const taken: number[] = [];
    const read = async () => {
      for await (const value of handover) taken.push(value);
    };
    await expect(read()).rejects.toThrow('끊김');
    expect(taken).toEqual([1]);
  });

  it('lets the producer wait until the value was dealt with', async () => {
    const handover = new Handover<string>();
    const steps: string[] = [];
    void (async () => {
      await handover.give('값');
      steps.push('producer goes on');
      handover.finish();
    })();
    for await (const value of handover) {
      await sleep(20);
      steps.push(`reader is done with ${value}`);
    }
    expect(steps).toEqual(['reader is done with 값', 'producer goes on']);
  });

  it('does not hold a producer whose reader has left', async () => {
    const handover = new Handover<number>();
    const first = handover.give(1);
    for await (const value of handover) if (value === 1) break;
    await first;
    await handover.give(2);
  });
});

import { StepAside } from './step-aside';

describe('StepAside', () => {
  it('begins at once where nobody searches', () => {
    expect(new StepAside().pauseMs(1_000)).toBe(0);
  });

  it('waits for the rest of a search, and for the next one that comes meanwhile', () => {
    const aside = new StepAside();
    aside.search(1_010);
    expect(aside.pauseMs(1_010)).toBe(60);
    aside.search(1_040);
    expect(aside.pauseMs(1_070)).toBe(30);
    expect(aside.pauseMs(1_100)).toBe(0);
  });

  it('begins after a while, however many search, and waits again with the next piece', () => {
    const aside = new StepAside();
    const searching = (from: number, to: number) => {
      for (let now = from; now <= to; now += 10) aside.search(now);
    };
    aside.search(990);
    expect(aside.pauseMs(1_000)).toBe(50);
    searching(1_000, 1_140);
    expect(aside.pauseMs(1_140)).toBe(10);
    searching(1_150, 1_150);
    expect(aside.pauseMs(1_150)).toBe(0);
    expect(aside.pauseMs(1_150)).toBe(60);
  });
});

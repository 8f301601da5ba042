import { Lanes, type LaneTask } from './lanes';

const task = (id: number): LaneTask => ({ id, step: () => Promise.resolve(false) });

/** Ids in the order in which the lanes give turns; each task is finished after `turns` of its own. */
function order(lanes: Lanes, turns: number): number[] {
  const seen: number[] = [];
  for (let next = lanes.next(); next !== undefined; next = lanes.next()) {
    const { id } = next;
    seen.push(id);
    if (seen.filter((other) => other === id).length === turns) lanes.cancel(id);
  }
  return seen;
}

describe('Lanes', () => {
  it('serves queries first, then counts, then passages, in a lane call by call in turn', () => {
    const lanes = new Lanes();
    lanes.add('passage', task(1));
    lanes.add('passage', task(2));
    lanes.add('count', task(3));
    lanes.add('query', task(4));
    lanes.add('query', task(5));
    expect(order(lanes, 2)).toEqual([4, 5, 4, 5, 3, 3, 1, 2, 1, 2]);
    expect(lanes.isEmpty).toBe(true);
  });

  it('lets a query in between two pieces of a call', () => {
    const lanes = new Lanes();
    lanes.add('passage', task(1));
    expect(lanes.next()?.id).toBe(1);
    lanes.add('query', task(2));
    expect(order(lanes, 1)).toEqual([2, 1]);
  });

  it('forgets whoever has left, in every lane', () => {
    const lanes = new Lanes();
    lanes.add('query', task(1));
    lanes.add('count', task(2));
    lanes.add('passage', task(3));
    lanes.add('passage', task(4));
    for (const id of [1, 2, 3]) lanes.cancel(id);
    expect(lanes.isEmpty).toBe(false);
    expect(order(lanes, 1)).toEqual([4]);
  });
});

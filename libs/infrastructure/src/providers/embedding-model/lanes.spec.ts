import { Lanes, type LaneTask } from './lanes';

const task = (id: number): LaneTask => ({ id, step: () => Promise.resolve(false) });

/** Ids in the order in which the lanes give turns; each task is finished after `turns` of its own. */
function order(lanes: Lanes<{ readonly id: number }>, turns: number): string[] {
  const seen: string[] = [];
  const left = new Map<number, number>();
  for (let next = lanes.next(); next !== undefined; next = lanes.next()) {
    if ('query' in next) {
      seen.push(`q${next.query.id}`);
      continue;
    }
    const rest = (left.get(next.task.id) ?? turns) - 1;
    left.set(next.task.id, rest);
    seen.push(String(next.task.id));
    if (rest === 0) lanes.finish(next.task);
  }
  return seen;
}

describe('Lanes', () => {
  it('serves queries first, each alone, then counts, then passages call by call in turn', () => {
    const lanes = new Lanes<{ readonly id: number }>();
    lanes.addPassages(task(1));
    lanes.addPassages(task(2));
    lanes.addCount(task(3));
    lanes.addQueries([{ id: 4 }, { id: 4 }, { id: 5 }]);
    expect(order(lanes, 2)).toEqual(['q4', 'q4', 'q5', '3', '3', '1', '2', '1', '2']);
  });

  it('lets a query in between two pieces of a call', () => {
    const lanes = new Lanes<{ readonly id: number }>();
    lanes.addPassages(task(1));
    expect(lanes.next()).toMatchObject({ task: { id: 1 } });
    lanes.addQueries([{ id: 2 }]);
    expect(lanes.next()).toEqual({ query: { id: 2 } });
    expect(lanes.next()).toMatchObject({ task: { id: 1 } });
  });

  it('forgets whoever has left, in every lane', () => {
    const lanes = new Lanes<{ readonly id: number }>();
    lanes.addQueries([{ id: 1 }, { id: 2 }]);
    lanes.addCount(task(3));
    lanes.addPassages(task(4));
    for (const id of [1, 3, 4]) lanes.cancel(id);
    expect(order(lanes, 1)).toEqual(['q2']);
  });
});

import type { EmbeddingKind } from '@aegis/application/providers/embedding-model';
import { setImmediate as turn } from 'node:timers/promises';
import { QueryFirstGate } from './query-first-gate';

const patient = () => new AbortController().signal;

/** A gate and work that ends when it is told to. */
function setUp(places: number) {
  const gate = new QueryFirstGate(places);
  const started: string[] = [];
  const endings = new Map<string, () => void>();
  const enter = (name: string, kind: EmbeddingKind, signal = patient()) =>
    gate.run(kind, signal, () => {
      started.push(name);
      return new Promise<string>((resolve) => endings.set(name, () => resolve(name)));
    });
  const end = async (name: string) => {
    endings.get(name)?.();
    await turn();
  };
  return { started, enter, end };
}

describe('QueryFirstGate', () => {
  it('keeps the last place for queries, and lets queries in before passages that came earlier', async () => {
    const { started, enter, end } = setUp(2);
    const calls = [enter('문단 1', 'passage'), enter('문단 2', 'passage'), enter('질의 1', 'query'), enter('질의 2', 'query')];
    await turn();
    expect(started).toEqual(['문단 1', '질의 1']);
    await end('문단 1');
    expect(started).toEqual(['문단 1', '질의 1', '질의 2']);
    await end('질의 1');
    expect(started).toEqual(['문단 1', '질의 1', '질의 2', '문단 2']);
    await end('질의 2');
    await end('문단 2');
    expect(await Promise.all(calls)).toEqual(['문단 1', '문단 2', '질의 1', '질의 2']);
  });

  it('gives the place back when the work fails', async () => {
    const gate = new QueryFirstGate(2);
    await expect(gate.run('passage', patient(), () => Promise.reject(new Error('503')))).rejects.toThrow('503');
    await expect(gate.run('passage', patient(), () => Promise.resolve('답'))).resolves.toBe('답');
  });

  it('lets whoever waits leave, without a place being lost', async () => {
    const { started, enter, end } = setUp(2);
    const leaving = new AbortController();
    const first = enter('문단 1', 'passage');
    const left = enter('문단 2', 'passage', leaving.signal);
    const last = enter('문단 3', 'passage');
    leaving.abort();
    await expect(left).rejects.toThrow('left');
    await end('문단 1');
    await end('문단 3');
    expect(await Promise.all([first, last])).toEqual(['문단 1', '문단 3']);
    expect(started).toEqual(['문단 1', '문단 3']);
    await expect(enter('문단 4', 'passage', AbortSignal.abort())).rejects.toThrow();
  });
});

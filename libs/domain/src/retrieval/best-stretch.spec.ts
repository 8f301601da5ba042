import { TermFinder } from '../shared/term-places';
import { bestStretch } from './best-stretch';

const WEIGHTS = [4, 2, 1];
const stretchOf = (text: string): number => bestStretch(new TermFinder(['cruis', 'control', 'limit']).placesIn(text), WEIGHTS);
const words = (count: number): string => Array.from({ length: count }, (_, at) => `word${'x'.repeat(at)}`).join(' ');

describe('the best stretch', () => {
  it('weighs each term once that stands in five words in a row, wherever that is best', () => {
    expect(stretchOf('cruise control')).toBe(6);
    expect(stretchOf('control of the cruise, cruise control')).toBe(6);
    expect(stretchOf(`limit control ${words(20)} control cruise limit`)).toBe(7);
  });

  it('counts what stands in between, and not the stop words', () => {
    expect(stretchOf(`cruise ${words(3)} control`)).toBe(6);
    expect(stretchOf(`cruise of the ${words(3)} and the control`)).toBe(6);
    expect(stretchOf(`cruise ${words(4)} control`)).toBe(4);
  });

  it('is nothing where nothing is held', () => {
    expect(stretchOf('a pump')).toBe(0);
    expect(stretchOf('')).toBe(0);
  });
});

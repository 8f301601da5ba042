import type { ChunkUnit, UnitGroup } from './chunk-sections';
import { evenPieces } from './sentences';

export interface FlowBudget {
  /** Tokens at which a chunk is full. */
  readonly target: number;
  /** Tokens that must not be exceeded. */
  readonly hard: number;
  readonly overlap: number;
  readonly min: number;
}

interface SizedUnit extends ChunkUnit {
  readonly tokens: number;
}

interface Filling {
  readonly repeated: readonly SizedUnit[];
  readonly fresh: readonly SizedUnit[];
}

const EMPTY: Filling = { repeated: [], fresh: [] };
const sum = (units: readonly SizedUnit[]): number => units.reduce((total, { tokens }) => total + tokens, 0);
const size = ({ repeated, fresh }: Filling): number => sum(repeated) + sum(fresh);

/**
 * Fills chunks with whole paragraphs, then with whole sentences, and cuts inside a sentence only when it alone is too long. A chunk
 * may begin with the last sentences of the one before it (`overlap`). Every unit is fresh in exactly one chunk.
 */
export function packFlow(groups: readonly UnitGroup[], budget: FlowBudget, tokensOf: (text: string) => number): ChunkUnit[][] {
  const done: Filling[] = [];
  let open = EMPTY;
  const add = (units: readonly SizedUnit[]): void => {
    if (open.fresh.length > 0 && size(open) + sum(units) > budget.target) {
      done.push(open);
      const repeated = lastSentences(open.fresh, budget.overlap);
      open = { repeated: sum(repeated) + sum(units) > budget.target ? [] : repeated, fresh: [] };
    }
    open = { ...open, fresh: [...open.fresh, ...units] };
  };
  for (const group of groups) {
    const units = group.flatMap((unit) => sized(unit, budget.target, tokensOf));
    const staysWhole = sum(units) <= budget.target && (size(open) + sum(units) <= budget.target || size(open) >= budget.target / 2);
    if (staysWhole) add(units);
    else units.forEach((unit) => add([unit]));
  }
  if (open.fresh.length > 0) done.push(open);
  return joinRemainder(done, budget).map(({ repeated, fresh }) => [...repeated, ...fresh]);
}

/** A unit with its tokens, in pieces when it alone fills a chunk. The tokens of a piece are its share of the characters. */
function sized(unit: ChunkUnit, target: number, tokensOf: (text: string) => number): SizedUnit[] {
  const tokens = tokensOf(unit.text);
  if (tokens <= target) return [{ ...unit, tokens }];
  return cutUnit(unit, Math.ceil(tokens / (target * 0.9))).map((piece) => ({
    ...piece,
    tokens: Math.min(target, Math.ceil((tokens * piece.text.length) / unit.text.length)),
  }));
}

/** The pieces of a unit that is cut inside; their joints give the unit again. */
export function cutUnit(unit: ChunkUnit, count: number): ChunkUnit[] {
  const spans = evenPieces(unit.text, { start: 0, end: unit.text.length }, count);
  return spans.map(({ start, end }, index) => {
    const before = spans[index - 1];
    return { ...unit, text: unit.text.slice(start, end), joint: before === undefined ? unit.joint : unit.text.slice(before.end, start) };
  });
}

function lastSentences(units: readonly SizedUnit[], limit: number): SizedUnit[] {
  const taken: SizedUnit[] = [];
  for (const unit of units.toReversed()) {
    if (taken.length === units.length - 1 || sum(taken) + unit.tokens > limit) break;
    taken.unshift(unit);
  }
  return taken;
}

function joinRemainder(fillings: readonly Filling[], { min, hard }: FlowBudget): readonly Filling[] {
  const [before, last] = fillings.slice(-2);
  if (before === undefined || last === undefined || sum(last.fresh) >= min || size(before) + sum(last.fresh) > hard) return fillings;
  return [...fillings.slice(0, -2), { ...before, fresh: [...before.fresh, ...last.fresh] }];
}

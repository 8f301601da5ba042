import type { ChunkUnit, UnitGroup } from './chunk-sections';
import { evenPieces } from './sentences';
import type { Steps } from './steps';

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
  readonly fresh: SizedUnit[];
  /** Of all its units: counted as they come, for a chunk may hold hundreds. */
  tokens: number;
}

const sum = (units: readonly SizedUnit[]): number => units.reduce((total, { tokens }) => total + tokens, 0);
const fillingAfter = (repeated: readonly SizedUnit[]): Filling => ({ repeated, fresh: [], tokens: sum(repeated) });

/**
 * Fills chunks with whole paragraphs, then with whole sentences, and cuts inside a sentence only when it alone is too long. A chunk
 * may begin with the last sentences of the one before it (`overlap`). Every unit is fresh in exactly one chunk.
 */
export function* packFlow(groups: readonly UnitGroup[], budget: FlowBudget, tokensOf: (text: string) => number): Steps<ChunkUnit[][]> {
  const done: Filling[] = [];
  let open = fillingAfter([]);
  const add = (units: readonly SizedUnit[]): void => {
    if (open.fresh.length > 0 && open.tokens + sum(units) > budget.target) {
      done.push(open);
      const repeated = lastSentences(open.fresh, budget.overlap);
      open = fillingAfter(sum(repeated) + sum(units) > budget.target ? [] : repeated);
    }
    for (const unit of units) open.fresh.push(unit);
    open.tokens += sum(units);
  };
  for (const group of groups) {
    const units: SizedUnit[] = [];
    for (const unit of group) {
      for (const piece of sized(unit, budget.target, tokensOf)) units.push(piece);
      yield unit.text.length;
    }
    const staysWhole = sum(units) <= budget.target && (open.tokens + sum(units) <= budget.target || open.tokens >= budget.target / 2);
    if (staysWhole) add(units);
    else {
      for (const unit of units) {
        add([unit]);
        yield 0;
      }
    }
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
  if (before === undefined || last === undefined || sum(last.fresh) >= min || before.tokens + sum(last.fresh) > hard) return fillings;
  return [...fillings.slice(0, -2), { ...before, fresh: [...before.fresh, ...last.fresh], tokens: before.tokens + sum(last.fresh) }];
}

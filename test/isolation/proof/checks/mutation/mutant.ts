import type { Pool } from 'pg';
import type { CheckResult, Target } from '../../check';

/** One guard that can be switched off, on a deployment of the proof's own. */
export interface Mutant {
  /** Stable, a sentence: what an attacker would now find. */
  readonly name: string;
  /** What is switched off; with its twin, where it has one. */
  readonly guard: string;
  /** Names of checks; at least one must fail. All of them are tried. */
  readonly killers: readonly string[];
  /** Switches off, and gives back what switches on again. */
  readonly apply: (target: Target) => Promise<Undo>;
}

export type Undo = () => Promise<void>;

/** A check as small as it can be while it still sees a mutant that it should see. */
export type Killer = (target: Target) => Promise<CheckResult>;

export function superuserOf({ database }: Target): Pool {
  const superuser = database?.superuser ?? null;
  if (superuser === null) throw new Error('a mutant needs a deployment of the proof’s own');
  return superuser;
}

/** SQL before and after; each is one transaction. */
export const bySql =
  (off: string, on: string) =>
  async (target: Target): Promise<Undo> => {
    const superuser = superuserOf(target);
    await superuser.query(off);
    return async () => {
      await superuser.query(on);
    };
  };

/** Puts something else in the place of a method, for everything in this process. */
export function replaced<T extends object, K extends keyof T>(prototype: T, name: K, by: (original: T[K]) => T[K]): Undo {
  const original = prototype[name];
  if (typeof original !== 'function') throw new Error(`there is no ${String(name)} to replace: the mutant knows the code no more`);
  prototype[name] = by(original);
  return () => {
    prototype[name] = original;
    return Promise.resolve();
  };
}

/** Switches on again in the opposite order. */
export const together =
  (...parts: readonly Mutant['apply'][]): Mutant['apply'] =>
  async (target) => {
    const undone: Undo[] = [];
    for (const part of parts) undone.unshift(await part(target));
    return async () => {
      for (const undo of undone) await undo();
    };
  };

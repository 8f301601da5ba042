import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

export interface Arguments {
  readonly sequences: number;
  readonly seed: number;
  /** One sequence of the seed only. */
  readonly path: number | null;
  /** A live deployment; null for one of the proof's own. */
  readonly url: string | null;
  readonly adminKeyFile: string | null;
  /** Names of checks; null for all. */
  readonly only: readonly string[] | null;
  readonly report: string;
}

export const USAGE = `npm run prove:isolation -- [options]
  --sequences N          sequences of the fuzz (200)
  --seed S               draws the same sequences again (a new one each time)
  --path P               only the sequence at this place of the seed's, as a finding names it
  --only check,check     only these checks
  --report folder        where report.md and report.json go (./isolation-report)
  --url U                proves a live deployment with two throw-away tenants; its administrator's key comes from AEGIS_ADMIN_KEY or
  --admin-key-file F     from this file. With DATABASE_URL and AEGIS_SECRET_KEY its database is attacked too`;

/** Throws Error with a sentence for what cannot be meant. */
export function readArguments(args: readonly string[]): Arguments {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { ...{ sequences: text, seed: text, path: text, url: text, only: text, report: text }, 'admin-key-file': text },
  });
  return {
    sequences: whole('--sequences', values.sequences ?? '200', 1),
    seed: whole('--seed', values.seed ?? String(randomInt(2 ** 31)), 0),
    path: values.path === undefined ? null : whole('--path', values.path, 0),
    url: values.url?.replace(/\/$/, '') ?? null,
    adminKeyFile: values['admin-key-file'] ?? null,
    only: values.only?.split(',') ?? null,
    report: values.report ?? 'isolation-report',
  };
}

function whole(name: string, text: string, min: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min) throw new Error(`${name} must be a whole number of ${min} or more`);
  return value;
}

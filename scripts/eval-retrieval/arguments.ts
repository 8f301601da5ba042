import { parseArgs } from 'node:util';
import { SET_NAMES } from './evaluation-plan';
import { STRATEGIES } from './strategies';

export interface Arguments {
  readonly sets: readonly string[];
  readonly strategies: readonly string[];
  /** At most so many questions of each kind of a set; null for all. */
  readonly limit: number | null;
  /** Write the figures into the committed table instead of comparing with it. */
  readonly update: boolean;
  /** Where AEGIS answers; null while there is nothing but a plan. */
  readonly url: string | null;
  readonly adminKeyFile: string | null;
  /** Tenants stay, and are taken again by the next run with this folder. */
  readonly keep: string | null;
  readonly atOnce: number;
  /** The folder of the evaluation data. */
  readonly data: string;
  /** The committed table; its page lies beside it. */
  readonly table: string;
}

export const USAGE = `npm run eval:retrieval -- [options]
  --sets name,name       only these sets (${SET_NAMES.join(', ')})
  --strategies name,name only these (${STRATEGIES.map(({ name }) => name).join(', ')})
  --limit N              at most N questions of each kind of a set, with a part of its passages; nothing is compared
  --update               writes docs/quality.json and docs/quality.md instead of comparing with them
  --keep folder          keeps the filled tenants there, and takes them again in the next run with the same folder; use it only while
                         nothing changes about how documents are read and indexed
  --at-once N            questions under way at once (4)
  --data folder          the evaluation data (../shared/eval)
  --url U                asks a live deployment, in tenants of its own that are deleted afterwards; its administrator's key comes from
  --admin-key-file F     this file or from AEGIS_ADMIN_KEY. Without it, private PostgreSQL and Redis, an API and a worker are started`;

/** Throws Error with a sentence for what cannot be meant. */
export function readArguments(args: readonly string[]): Arguments {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ sets: text, strategies: text, limit: text, url: text, keep: text, data: text, table: text, update: { type: 'boolean' } },
      ...{ 'admin-key-file': text, 'at-once': text },
    },
  });
  const limit = values.limit === undefined ? null : whole('--limit', values.limit);
  if (limit !== null && values.update === true) throw new Error('--update needs whole sets: leave out --limit');
  return {
    sets: known('--sets', values.sets, SET_NAMES),
    strategies: known(
      '--strategies',
      values.strategies,
      STRATEGIES.map(({ name }) => name),
    ),
    limit,
    update: values.update === true,
    url: values.url?.replace(/\/$/, '') ?? null,
    adminKeyFile: values['admin-key-file'] ?? null,
    keep: values.keep ?? null,
    atOnce: whole('--at-once', values['at-once'] ?? '4'),
    data: values.data ?? '../shared/eval',
    table: values.table ?? 'docs/quality.json',
  };
}

function known(option: string, text: string | undefined, names: readonly string[]): readonly string[] {
  if (text === undefined) return names;
  const asked = text.split(',');
  const strange = asked.find((name) => !names.includes(name));
  if (strange !== undefined) throw new Error(`${option}: there is no ${strange}; there are ${names.join(', ')}`);
  return names.filter((name) => asked.includes(name));
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} must be a whole number of 1 or more`);
  return value;
}

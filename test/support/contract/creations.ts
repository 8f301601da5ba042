import type { Operation } from './api-description';

type Values = Readonly<Record<string, string>>;

/** An answer that gave something a name: by it, later requests ask for what is really there. */
interface Creation {
  readonly at: number;
  readonly operation: string;
  readonly path: string;
  readonly pathValues: Values;
  readonly query: Values;
  readonly body: Readonly<Record<string, unknown>>;
}

const MOST_RECENT = 3;
const FRESH_MS = 20_000;
const placeholders = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');

/**
 * What was created so far. Which answer names what an address asks for follows from the document: `/things/{x}` is `x`, or else `id`,
 * of what `POST /things` answered; a name that no such answer has is taken from any answer that has it.
 */
export class Creations {
  private readonly all: Creation[] = [];

  remember(operation: Operation, pathValues: Values, query: Values, body: unknown): void {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return;
    this.all.push({ at: Date.now(), operation: operation.name, path: operation.path, pathValues, query, body: body as Creation['body'] });
  }

  /** Values for the placeholders of an address; `luck` in [0, 1) chooses among the newest. Null when nothing fits yet. */
  valuesFor(path: string, luck: number): Values | null {
    const last = placeholders(path).at(-1);
    if (last === undefined) return {};
    const collection = path.slice(0, path.indexOf(`/{${last}}`));
    const own = this.newest((one) => one.path === collection && nameIn(one, last) !== null, luck);
    const found = own ?? this.newest((one) => typeof one.body[last] === 'string', luck);
    const value = found === null ? null : own === null ? found.body[last] : nameIn(found, last);
    if (found === null || typeof value !== 'string') return null;
    const before = this.valuesFor(collection, luck);
    return before === null ? null : { ...before, ...(own === null ? {} : found.pathValues), [last]: value };
  }

  /** A value that some answer gave under this name just now, once: tickets are for single use, and soon. */
  taken(name: string): string | null {
    const found = this.newest(({ at, body }) => typeof body[name] === 'string' && Date.now() - at < FRESH_MS, 0);
    if (found === null) return null;
    this.all.splice(this.all.indexOf(found), 1);
    return String(found.body[name]);
  }

  /** The query string of the page after one that was answered. */
  nextPage({ name }: Operation, pathValues: Values, luck: number): Values | null {
    const same = ({ pathValues: of }: Creation) => JSON.stringify(of) === JSON.stringify(pathValues);
    const found = this.newest((one) => one.operation === name && typeof one.body['next_cursor'] === 'string' && same(one), luck);
    return found === null ? null : { ...found.query, cursor: String(found.body['next_cursor']) };
  }

  private newest(fits: (creation: Creation) => boolean, luck: number): Creation | null {
    const fitting = this.all.filter(fits).slice(-MOST_RECENT);
    return fitting[fitting.length - 1 - Math.floor(luck * fitting.length)] ?? null;
  }
}

function nameIn({ body }: Creation, name: string): string | null {
  const value = body[name] ?? body['id'];
  return typeof value === 'string' ? value : null;
}

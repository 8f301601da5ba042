import { createHash } from 'node:crypto';
import type { Whose } from './step';
import type { Kind, Twin } from './twin';

const MALFORMED = ['not-an-id', '%00', "' OR 1=1 --", '00000000-0000-0000-0000-000000000000', '한글', '../..', '~', 'x'.repeat(300)];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SIGNED = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;
const HEX = /[0-9a-f]{32,64}/g;
const ANY: readonly Whose[] = ['own', 'foreign', 'random', 'malformed'];

export interface Choice {
  readonly own: Twin;
  /** Null where the tenant replays its steps alone. */
  readonly other: Twin | null;
  readonly whose: readonly Whose[];
  readonly pick: number;
  /** Makes random values repeatable. */
  readonly salt: string;
  /** False: a random value of the same form stands where one of the other tenant would. */
  readonly foreign: boolean;
}

/** Chooses the values of a request's inputs, and remembers those that the asking tenant has no right to. */
export class Values {
  /** Values that are not the tenant's own, as they were put into the request. */
  readonly strangers: string[] = [];
  /** Whether any input takes what belongs to the other: then the request is compared with its random twin. */
  hasForeign = false;
  private next = 0;

  constructor(private readonly choice: Choice) {}

  /** The next input's value; null: the tenant has nothing of the kind yet. What was drawn and is not among `only` becomes random. */
  of(kind: Kind, only = ANY): string | null {
    const { own: twin, other, whose, pick } = this.choice;
    const index = this.next++;
    const drawn = whose[index] ?? 'own';
    const own = twin.pick(kind, pick + index);
    if (own === null) return null;
    switch (only.includes(drawn) ? drawn : 'random') {
      case 'own':
        return own;
      case 'malformed':
        return MALFORMED[(pick + index) % MALFORMED.length] ?? '';
      case 'random':
        return this.stranger(this.randomLike(own, index));
      case 'foreign': {
        const theirs = other?.pick(kind, pick + index) ?? null;
        this.hasForeign = true;
        return this.stranger(
          this.choice.foreign && theirs !== null ? foreignForm(kind, theirs, own, pick % 3) : this.randomLike(own, index),
        );
      }
    }
  }

  private stranger(value: string): string {
    this.strangers.push(value);
    return value;
  }

  private randomLike(model: string, index: number): string {
    const digest = createHash('sha512').update(`${this.choice.salt}:${index}`).digest();
    const hex = digest.toString('hex');
    if (UUID.test(model)) return likeUuid(model, hex);
    const [, payload] = SIGNED.exec(model) ?? [];
    if (payload !== undefined) return `${payload}.${digest.toString('base64url').slice(0, 42)}A`;
    const text = model.replace(HEX, (found) => hex.slice(0, found.length));
    return text === model ? `${hex.slice(0, 8)}-${model}` : text;
  }
}

/** Of the same version and variant, and of nearly the same time. */
const likeUuid = (model: string, hex: string): string =>
  [
    model.slice(0, 8),
    hex.slice(0, 4),
    `${model.charAt(14)}${hex.slice(4, 7)}`,
    `${model.charAt(19)}${hex.slice(7, 10)}`,
    hex.slice(10, 22),
  ].join('-');

/**
 * A ticket is a credential, whoever has it may use it; what must not work is one of a tenant's own making: the other's under its signature,
 * and the other's in its own name, under either signature.
 */
function foreignForm(kind: Kind, theirs: string, own: string, form: number): string {
  if (kind !== 'ticket') return theirs;
  const [[payload = '', theirSignature = ''], [ownPayload = '', signature = '']] = [theirs.split('.'), own.split('.')];
  const [tenant, id] = [parts(ownPayload)[0] ?? '', parts(payload)[1] ?? ''];
  if (form === 0) return `${payload}.${signature}`;
  return `${Buffer.from(`${tenant}.${id}`).toString('base64url')}.${form === 1 ? signature : theirSignature}`;
}

const parts = (payload: string): readonly string[] => Buffer.from(payload, 'base64url').toString().split('.');

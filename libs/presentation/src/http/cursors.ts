import type { PagePosition } from '@aegis/application/shared/page';
import { TokenSigner } from '@aegis/application/shared/token-signer';
import { Injectable } from '@nestjs/common';
import { HttpProblem } from './problems/http-problem';

/** One list of one owner, with its filters: a cursor of another list, or of other filters, is no cursor here. */
export interface ListIdentity {
  readonly name: string;
  /** Tenant, or `platform`. */
  readonly owner: string;
  readonly filters: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** Opaque cursors: signed, so that nobody reads on in somebody else's list. */
@Injectable()
export class Cursors {
  constructor(private readonly signer: TokenSigner) {}

  write(list: ListIdentity, position: PagePosition | null): string | null {
    return position === null ? null : this.signer.sign(purposeOf(list), JSON.stringify([position.at, position.id]));
  }

  /** Throws HttpProblem `invalid_cursor`. */
  read(list: ListIdentity, cursor: string | undefined): PagePosition | null {
    if (cursor === undefined) return null;
    const payload = this.signer.verify(purposeOf(list), cursor);
    if (payload === null) throw new HttpProblem('invalid_cursor');
    const [at, id] = JSON.parse(payload) as [string, string]; // signed: we wrote it
    return { at, id };
  }
}

const purposeOf = ({ name, owner, filters }: ListIdentity): string =>
  `cursor:${owner}:${name}:${JSON.stringify(Object.entries(filters).sort(([one], [other]) => (one < other ? -1 : 1)))}`;

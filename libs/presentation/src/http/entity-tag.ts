import { createHash } from 'node:crypto';
import type { Precondition } from '@aegis/application/shared/precondition';

/** A strong tag of what a client is shown: another answer, another tag. */
export const entityTagOf = (shown: object): string =>
  quoted(createHash('sha256').update(JSON.stringify(shown)).digest('base64url').slice(0, 27));

/** A strong tag of a thing whose revision changes with everything that is shown of it. */
export const revisionTag = (revision: number): string => quoted(String(revision));

/** A strong tag of bytes that have this digest. */
export const digestTag = (digest: string): string => quoted(digest);

/** `If-None-Match`: the client has this already. Weak tags count like strong ones (RFC 9110, 13.1.2). */
export const isKnown = (tag: string, ifNoneMatch: string | undefined): boolean =>
  matches(tag, ifNoneMatch, (sent) => sent.replace(/^W\//, ''));

/** `If-Match`: the client means exactly this; a weak tag never does (RFC 9110, 13.1.1). True without the header. */
export const isMeant = (tag: string, ifMatch: string | undefined): boolean =>
  ifMatch === undefined || matches(tag, ifMatch, (sent) => sent);

/** The same for a thing with a revision tag, to be decided where it is changed. */
export const revisionMeant = (ifMatch: string | undefined): Precondition =>
  ifMatch === undefined ? null : (revision) => isMeant(revisionTag(revision), ifMatch);

const quoted = (text: string): string => `"${text}"`;

/** A list of tags, which may hold commas, or `*` for whatever is there. */
const TAGS = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

const matches = (tag: string, header: string | undefined, compared: (sent: string) => string): boolean =>
  header !== undefined && (header.trim() === '*' || (header.match(TAGS) ?? []).some((sent) => compared(sent) === tag));

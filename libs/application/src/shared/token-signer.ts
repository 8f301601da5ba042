/** Opaque texts handed to clients and taken back: nobody can make or change one, and one made for a purpose is worth nothing for another. */
export abstract class TokenSigner {
  /** URL-safe text of the payload and its signature. `purpose` names what it is for and whom: e.g. `cursor:<tenant>:<list>`. */
  abstract sign(purpose: string, payload: string): string;
  /** The payload; null when the text was not signed for this purpose. */
  abstract verify(purpose: string, token: string): string | null;
}

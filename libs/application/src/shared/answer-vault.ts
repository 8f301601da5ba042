/** Keeps answers that may hold a secret shown once: unreadable without the deployment's key, and worth nothing in another place. */
export abstract class AnswerVault {
  /** SHA-256. */
  abstract digest(text: string): Uint8Array;
  /** `place` names where it is kept: it cannot be opened as anything else's. */
  abstract seal(place: string, text: string): Uint8Array;
  /** Throws when it was changed, moved, or sealed under another key. */
  abstract open(place: string, sealed: Uint8Array): string;
}

/** Whose key it is: names are chosen by clients, so that two of them may choose the same. */
export interface KeyOwner {
  /** The API key, or the administrator. */
  readonly principal: string;
  /** As the client wrote it, 1 to 255 characters. */
  readonly key: string;
}

/** A key that a running request holds. */
export interface KeyClaim extends KeyOwner {
  /** Of this attempt: whoever takes a dead one's key over has another. */
  readonly attempt: string;
}

/** What was answered; the body is sealed. */
export interface SealedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface FinishedAnswer extends SealedAnswer {
  /** Documents that the answer names or quotes: with one of them it goes. */
  readonly documentIds: readonly string[];
}

export interface KeptKey {
  /** SHA-256 of all that the request said. */
  readonly fingerprint: Uint8Array;
  /** Null while it runs. */
  readonly answer: SealedAnswer | null;
}

/** Idempotency keys of one tenant, or of the platform. Time is the database's, here as in all leases. */
export interface IdempotencyRepository {
  /**
   * True: the key is ours for the length of a lease, because it is new, its day is over, or its holder of the same fingerprint died.
   * Commit before working: others wait on a key that is not committed.
   */
  claim(claim: KeyClaim, fingerprint: Uint8Array): Promise<boolean>;
  find(owner: KeyOwner): Promise<KeptKey | null>;
  /** False when the claim is not ours any more. */
  finish(claim: KeyClaim, answer: FinishedAnswer): Promise<boolean>;
  /** Another lease for work that goes on. */
  renew(claim: KeyClaim): Promise<void>;
  /** The key is free again, unless it has its answer. */
  release(claim: KeyClaim): Promise<void>;
  /** Answers that name or quote the document go, and their keys with them. */
  forgetDocument(documentId: string): Promise<void>;
}

import { IdempotencyInProgress, IdempotencyKeyReused } from '@aegis/domain/shared/idempotency-errors';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { UnitOfWork } from '../unit-of-work';
import type { AnswerVault } from './answer-vault';
import type { IdGenerator } from './id-generator';
import type { IdempotencyRepository, KeyClaim, KeyOwner } from './idempotency-repository';

/** A key in its place: the tenant's, or the platform's (null). */
export interface PlacedKey extends KeyOwner {
  readonly tenantId: TenantId | null;
}
export interface HeldKey extends KeyClaim {
  readonly tenantId: TenantId | null;
}

/** The platform's unit of work, as far as keys go. */
interface PlatformKeys {
  run<T>(work: (tx: { readonly idempotency: IdempotencyRepository }) => Promise<T>): Promise<T>;
}

/** What was answered, as it was. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Begun = { readonly kind: 'held'; readonly key: HeldKey } | { readonly kind: 'answered'; readonly answer: KeptAnswer };

/** A key may go while we look at it: then it is asked for again. */
const LOOKS = 3;

/** What a key stands for, for a day. A request has one effect, however often it is sent. */
export class IdempotencyKeys {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly platform: PlatformKeys,
    private readonly vault: AnswerVault,
    private readonly ids: IdGenerator,
  ) {}

  /** `said` is all that the request says, in one text. Throws IdempotencyKeyReused and IdempotencyInProgress. */
  async begin(key: PlacedKey, said: string): Promise<Begun> {
    const fingerprint = this.vault.digest(said);
    const held: HeldKey = { ...key, attempt: this.ids.next() };
    for (let look = 1; look <= LOOKS; look++) {
      if (await this.at(key, (keys) => keys.claim(held, fingerprint))) return { kind: 'held', key: held };
      const kept = await this.at(key, (keys) => keys.find(key));
      if (kept === null) continue;
      if (!isEqual(kept.fingerprint, fingerprint)) throw new IdempotencyKeyReused();
      if (kept.answer === null) throw new IdempotencyInProgress();
      return { kind: 'answered', answer: { ...kept.answer, body: this.vault.open(placeOf(key), kept.answer.body) } };
    }
    throw new IdempotencyInProgress();
  }

  /** In the transaction of the effect. Throws IdempotencyInProgress when another request has taken the key over: nothing may come of this one. */
  async finish(
    tx: { readonly idempotency: IdempotencyRepository },
    key: HeldKey,
    { status, headers, body }: KeptAnswer,
    documentIds: readonly string[],
  ): Promise<void> {
    const sealed = { status, headers, body: this.vault.seal(placeOf(key), body), documentIds };
    if (!(await tx.idempotency.finish(key, sealed))) throw new IdempotencyInProgress();
  }

  renew(key: HeldKey): Promise<void> {
    return this.at(key, (keys) => keys.renew(key));
  }

  /** Nothing came of it: the next request with this key is the first. */
  release(key: HeldKey): Promise<void> {
    return this.at(key, (keys) => keys.release(key));
  }

  private at<T>({ tenantId }: PlacedKey, work: (keys: IdempotencyRepository) => Promise<T>): Promise<T> {
    return tenantId === null ? this.platform.run((tx) => work(tx.idempotency)) : this.uow.run(tenantId, (tx) => work(tx.idempotency));
  }
}

const placeOf = ({ tenantId, principal, key }: PlacedKey): string => JSON.stringify([tenantId, principal, key]);

const isEqual = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, index) => byte === other[index]);

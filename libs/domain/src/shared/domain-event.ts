/** Who caused something. Ids and kinds only: events never carry content. */
export type Actor =
  | { readonly kind: 'api_key'; readonly id: string }
  /** The bootstrap key. */
  | { readonly kind: 'platform_admin' }
  /** A token that was given for the bootstrap key; `id` is its `jti`. */
  | { readonly kind: 'admin_token'; readonly id: string }
  /** A person, as the identity provider names them. */
  | { readonly kind: 'administrator'; readonly issuer: string; readonly subject: string }
  | { readonly kind: 'system' };

/** Something that happened, in the past tense. The stored `type` is a literal that never changes; payloads only gain optional fields. */
export interface DomainEvent<Type extends string> {
  readonly type: Type;
  readonly occurredAt: Date;
  readonly actor: Actor;
}

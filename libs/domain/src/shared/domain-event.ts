/** Who caused something. Ids and kinds only: events never carry content. */
export type Actor = { readonly kind: 'api_key'; readonly id: string } | { readonly kind: 'platform_admin' } | { readonly kind: 'system' };

/** Something that happened, in the past tense. The stored `type` is a literal that never changes; payloads only gain optional fields. */
export interface DomainEvent<Type extends string> {
  readonly type: Type;
  readonly occurredAt: Date;
  readonly actor: Actor;
}

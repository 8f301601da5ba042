import fc from 'fast-check';

/** To whom the value of an input belongs that names something. */
export type Whose = 'own' | 'foreign' | 'random' | 'malformed';

/** A tenant's first key, its key with scope `admin`, its administrator's token, the platform's administrator, nothing. */
export type Credential = 'key' | 'admin_key' | 'tenant_token' | 'platform' | 'nobody';

/** One request, as drawn: plain data, so that fast-check can shrink it and a seed repeats it. */
export interface Step {
  /** 0: the other tenant acts from here on. */
  readonly turn: number;
  /** Place in the list of operations. */
  readonly operation: number;
  /** Without `/v1`. */
  readonly bare: boolean;
  /** Place in what the operation may be called with. */
  readonly credential: number;
  /** For the inputs that name something, in their order. */
  readonly whose: readonly [Whose, Whose, Whose];
  readonly pick: number;
  readonly variant: number;
}

const whose = fc.oneof(
  { arbitrary: fc.constant<Whose>('own'), weight: 5 },
  { arbitrary: fc.constant<Whose>('foreign'), weight: 5 },
  { arbitrary: fc.constant<Whose>('random'), weight: 1 },
  { arbitrary: fc.constant<Whose>('malformed'), weight: 1 },
);

const step: fc.Arbitrary<Step> = fc.record({
  turn: fc.nat({ max: 3 }),
  operation: fc.nat({ max: 9_999 }),
  bare: fc.boolean(),
  credential: fc.nat({ max: 99 }),
  whose: fc.tuple(whose, whose, whose),
  pick: fc.nat({ max: 99 }),
  variant: fc.nat({ max: 9_999 }),
});

export interface Length {
  readonly min: number;
  readonly max: number;
}

export const sequenceOf = ({ min, max }: Length): fc.Arbitrary<readonly Step[]> =>
  fc.array(step, { minLength: min, maxLength: max, size: 'max' });

declare const brand: unique symbol;

/** A `Base` value that cannot be mixed up with another: the name exists for the compiler only. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

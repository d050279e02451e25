/** Compares types for the type tests. */

/** True if two types take exactly the same values, and neither is `any`. */
export type Equal<A, B> = true extends IsAny<A> | IsAny<B>
  ? false
  : [A, B] extends [B, A]
    ? true
    : false

type IsAny<T> = 0 extends 1 & T ? true : false

/** Does not compile unless given `true`. */
export type Expect<T extends true> = T

type Primitive = string | number | boolean | bigint | symbol | null | undefined

/** True if a type has no `any` and no `unknown` in it, however deep. */
export type IsFullyKnown<T> =
  IsAnyOrUnknown<T> extends true
    ? false
    : T extends Primitive
      ? true
      : false extends { [K in keyof T]: IsFullyKnown<T[K]> }[keyof T]
        ? false
        : true

type IsAnyOrUnknown<T> = unknown extends T ? true : false

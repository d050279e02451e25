/** A promise that somebody else settles: `Promise.withResolvers`, which Node 20 has not. */

export interface Deferred {
  readonly promise: Promise<void>
  readonly resolve: () => void
}

export function createDeferred(): Deferred {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

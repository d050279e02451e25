/** An account as the Worker calls it: whatever a call throws becomes one kind of exception. */
import type { AccountApi } from '../domain/account.ts'
import { AccountUnreachable } from '../routes/gateway.ts'

/**
 * The same account. During a rollout its object may still run older code that lacks a method or
 * fails in it, so an error's message and class prove nothing.
 *
 * @see https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
 */
export const reachable = (account: AccountApi): AccountApi =>
  new Proxy(account, { get: (_, name) => member(() => account, name) })

/**
 * A call of the account, or a capability that has calls.
 *
 * @param reach gets its owner afresh for each call: a capability is never kept
 */
const member = (reach: () => object, name: string | symbol): object =>
  new Proxy(() => undefined, {
    get: (_, inner) => member(() => Reflect.get(reach(), name), inner),
    apply: async (_, _this, args): Promise<unknown> => {
      try {
        const owner = reach()
        return await Reflect.apply(Reflect.get(owner, name), owner, args)
      } catch (error) {
        throw new AccountUnreachable(error, mayRepeat(error))
      }
    },
  })

/** A second call only adds to the work of an overloaded object. */
const mayRepeat = (error: unknown): boolean =>
  error instanceof Error &&
  'retryable' in error &&
  error.retryable === true &&
  !('overloaded' in error && error.overloaded === true)

/** An account as the Worker calls it: whatever a call throws becomes one exception. */
import { AccountUnreachable } from '../routes/gateway.ts'
import type { AccountApi } from '../domain/account.ts'

/**
 * The same account. During a rollout its object may still run older code, which lacks
 * a method or fails in it, so that no message or class of an error tells anything.
 *
 * @see https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
 */
export const reachable = (account: AccountApi): AccountApi =>
  new Proxy(account, {
    get:
      (target, method) =>
      async (...args: unknown[]): Promise<unknown> => {
        try {
          return await Reflect.apply(Reflect.get(target, method), target, args)
        } catch (error) {
          throw new AccountUnreachable(error, mayRepeat(error))
        }
      },
  })

/** An object that is overloaded only gets more to do from a second call. */
const mayRepeat = (error: unknown): boolean =>
  error instanceof Error &&
  'retryable' in error &&
  error.retryable === true &&
  !('overloaded' in error && error.overloaded === true)

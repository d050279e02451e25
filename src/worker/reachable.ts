/** An account as the Worker calls it: whatever a call throws becomes one kind of exception. */
import type { AccountApi } from '../domain/account.ts'
import { AccountUnreachable } from '../routes/gateway.ts'

type Capability = {
  [Name in keyof AccountApi]: AccountApi[Name] extends (...args: never[]) => unknown ? never : Name
}[keyof AccountApi]

/** The names under which an account has calls. Without all of them, this does not compile. */
export const CAPABILITIES: Readonly<Record<Capability, true>> = {
  generations: true,
  schedules: true,
  webhooks: true,
  keys: true,
  settings: true,
}

/**
 * The same account. During a rollout its object may still run older code that lacks a method or
 * fails in it, so an error's message and class prove nothing.
 *
 * @see https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
 */
export const reachable = (account: AccountApi): AccountApi => guarded(() => account) as AccountApi

/** @param reach gets the target afresh for each call: a capability is never kept */
const guarded = (reach: () => object): object =>
  new Proxy(
    {},
    {
      get: (_, name) => {
        if (Object.hasOwn(CAPABILITIES, name)) return guarded(() => Reflect.get(reach(), name))
        return async (...args: unknown[]): Promise<unknown> => {
          try {
            const target = reach()
            return await Reflect.apply(Reflect.get(target, name), target, args)
          } catch (error) {
            throw new AccountUnreachable(error, mayRepeat(error))
          }
        }
      },
    },
  )

/** A second call only adds to the work of an overloaded object. */
const mayRepeat = (error: unknown): boolean =>
  error instanceof Error &&
  'retryable' in error &&
  error.retryable === true &&
  !('overloaded' in error && error.overloaded === true)

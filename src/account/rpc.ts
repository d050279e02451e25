/** RPC targets of the account's capabilities. */
import { RpcTarget } from 'cloudflare:workers'

/** The calls of an API. Those that do not wait may return their answer itself. */
export type Calls<Api> = {
  readonly [Name in keyof Api]: Api[Name] extends (...args: infer Args) => Promise<infer Answer>
    ? (...args: Args) => Answer | Promise<Answer>
    : never
}

/**
 * An RPC target with only these calls: callers can reach what is on its prototype, but not what is
 * on the object itself.
 *
 * @see https://developers.cloudflare.com/workers/runtime-apis/rpc/visibility/
 */
export const rpcTarget = <Api extends object>(calls: Calls<Api>): Api & RpcTarget => {
  class Target extends RpcTarget {}
  Object.assign(Target.prototype, calls)
  return new Target() as Api & RpcTarget
}

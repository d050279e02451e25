/** RPC targets of the account's capabilities. */
import { RpcTarget } from 'cloudflare:workers'

/**
 * An RPC target with only these calls: callers can reach what is on its prototype, but not what is
 * on the object itself.
 *
 * @see https://developers.cloudflare.com/workers/runtime-apis/rpc/visibility/
 */
export const rpcTarget = <Calls extends object>(calls: Calls): Calls & RpcTarget => {
  class Target extends RpcTarget {}
  Object.assign(Target.prototype, calls)
  return new Target() as Calls & RpcTarget
}

/** Capabilities, as the Worker calls them. */
import { RpcTarget } from 'cloudflare:workers'

/**
 * A target with these calls and no others: what stands on its prototype can be called from outside,
 * and what stands on the object itself cannot.
 *
 * @see https://developers.cloudflare.com/workers/runtime-apis/rpc/visibility/
 */
export const rpcTarget = <Calls extends object>(calls: Calls): Calls & RpcTarget => {
  class Target extends RpcTarget {}
  Object.assign(Target.prototype, calls)
  return new Target() as Calls & RpcTarget
}

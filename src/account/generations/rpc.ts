/** The Worker's calls for an account's generations. */
import type { GenerationsApi } from '../../domain/account.ts'
import { dayAt, monthOf } from '../../domain/zone.ts'
import type { Core } from '../core.ts'
import type { AccountLog } from '../events/log.ts'
import type { Deletion } from '../deletion/deletion.ts'
import type { Keys } from '../keys.ts'
import { rpcTarget } from '../rpc.ts'
import type { Admissions } from './admissions.ts'
import type { FalBreaker } from './breaker.ts'
import { usageOf } from './finals.ts'
import type { Generations } from './generations.ts'
import { listGenerations } from './list.ts'
import type { Orphans } from './orphans.ts'
import { resolve, type ResolveParts } from './resolve.ts'
import { usageOfUsers } from './users.ts'

export interface GenerationsRpcParts
  extends ResolveParts, Pick<Core, 'sql' | 'store' | 'counts' | 'gate'> {
  readonly admissions: Admissions
  readonly keys: Keys
  readonly generations: Generations
  readonly breaker: FalBreaker
  readonly deletion: Deletion
  readonly orphans: Orphans
  readonly log: AccountLog
}

export const createGenerationsRpc = (parts: GenerationsRpcParts) => {
  const { sql, store, counts, gate, admissions, keys, generations } = parts
  const { listeners, breaker, deletion, orphans, log } = parts
  const limitsOf = (keyId: string) =>
    admissions.limits(keys.find(keyId)?.record ?? null, null, Date.now())

  return rpcTarget<GenerationsApi>({
    list: async (request) => ({ ...listGenerations(sql, request), holdup: listeners.holdup() }),
    eventPage: async (request) => log.page(request),
    ofRequest: async (falRequestId) => {
      gate.refill()
      const id = store.idOfRequest(falRequestId)
      return id === undefined ? null : generations.get(id)
    },
    estimate: async (keyId, input) => ({
      estimatedMicrousd: admissions.estimateMicrousd(input),
      limits: limitsOf(keyId),
      open: counts.now().open,
      maxOpen: admissions.settings().maxOpen,
      accepts: admissions.accepts(),
    }),
    usage: async (keyId, days) => {
      const { timeZone } = admissions.settings()
      const to = days.to ?? dayAt(Date.now(), timeZone)
      const from = days.from ?? `${monthOf(to)}-01`
      const state = breaker.now()
      const open = {
        open: counts.now().open,
        unsent: counts.unsent(),
        unconfirmed: counts.unconfirmed(),
        falAwaySinceMs: state.state === 'closed' ? null : state.sinceMs,
      }
      const users = days.byUser === true ? usageOfUsers(sql, from, to) : null
      const rows = usageOf(sql, from, to)
      return { from, to, timeZone, open, rows, users, limits: limitsOf(keyId) }
    },
    delete: async (id) => deletion.delete(id, Date.now()),
    wasDeleted: async (id) => deletion.wasDeleted(id),
    ofVideo: async (id) => store.read(id)?.record ?? (deletion.wasDeleted(id) ? 'deleted' : null),
    resolve: async (id, word) => {
      gate.refill()
      return resolve(parts, id, word)
    },
    callerGone: async (id, identity) => orphans.callerGone(id, identity, Date.now()),
  })
}

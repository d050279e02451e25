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

export interface GenerationsRpcParts extends ResolveParts {
  readonly admissions: Admissions
  readonly keys: Keys
  readonly generations: Generations
  readonly breaker: FalBreaker
  readonly deletion: Deletion
  readonly orphans: Orphans
  readonly log: AccountLog
}

export const createGenerationsRpc = (core: Core, parts: GenerationsRpcParts) => {
  const { sql, store, counts, gate } = core
  const { admissions, keys, generations, listeners, breaker, deletion, orphans, log } = parts
  const limitsOf = (keyId: string) =>
    admissions.limitsOf(keys.find(keyId)?.record ?? null, null, Date.now())

  return rpcTarget<GenerationsApi>({
    list: (request) => ({ ...listGenerations(sql, request), holdup: listeners.holdup() }),
    eventPage: (request) => log.page(request),
    ofRequest: (falRequestId) => {
      gate.refill()
      const id = store.idOfRequest(falRequestId)
      return id === undefined ? null : generations.get(id)
    },
    estimate: (keyId, input) => ({
      estimatedMicrousd: admissions.estimateMicrousd(input),
      limits: limitsOf(keyId),
      open: counts.now().open,
      maxOpen: admissions.settings().maxOpen,
      accepts: admissions.accepts(),
    }),
    usage: (keyId, days) => {
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
    delete: (id) => deletion.delete(id, Date.now()),
    wasDeleted: deletion.wasDeleted,
    ofVideo: (id) => store.read(id)?.record ?? (deletion.wasDeleted(id) ? 'deleted' : null),
    resolve: (id, word) => {
      gate.refill()
      return resolve(core, parts, id, word)
    },
    callerGone: (id, identity) => orphans.callerGone(id, identity, Date.now()),
  })
}

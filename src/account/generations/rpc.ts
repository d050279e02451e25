/** The Worker's calls for an account's generations. */
import type { FalQueue } from '../../adapters/fal-queue.ts'
import type { GenerationsApi, ResolveResult } from '../../domain/account.ts'
import { sentMs, stopsCountingMs } from '../../domain/generation/deadlines.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import { phaseOf } from '../../domain/generation/transition.ts'
import { dayAt, monthOf } from '../../domain/zone.ts'
import type { Core } from '../core.ts'
import type { AccountLog } from '../events/log.ts'
import type { Deletion } from '../deletion/deletion.ts'
import type { HistoryReading } from '../history/reading.ts'
import { rpcTarget } from '../rpc.ts'
import type { Admissions } from './admissions.ts'
import type { FalBreaker } from './breaker.ts'
import type { Generations } from './generations.ts'
import type { Listeners } from './listeners.ts'
import type { Looker } from './looker.ts'
import { listGenerations } from './store.ts'
import { usageOf, usageOfUsers } from './usage.ts'

export const createGenerationsRpc = (
  { sql, store, counts, journal, gate }: Core,
  fal: FalQueue,
  reading: HistoryReading,
  looker: Looker,
  listeners: Listeners,
  breaker: FalBreaker,
  admissions: Admissions,
  generations: Generations,
  deletion: Deletion,
  log: AccountLog,
) => {
  /**
   * Records a person's word about a generation whose outcome fal does not report.
   * Repeating the same word changes nothing; a different one is refused.
   */
  const resolve: GenerationsApi['resolve'] = async (id, word) => {
    gate.refill()
    const before = store.read(id)?.record
    if (before === undefined) return { type: 'not_found' }
    if (word.type === 'request') return resolveAs(before, word.falRequestId)
    const wasSaid = before.saidCharged === word.charged
    if (!wasSaid && !isUnresolved(before, Date.now())) return notYet(before)
    journal.observe(id, [{ type: 'resolved', charged: word.charged }])
    return { type: 'resolved', view: listeners.viewNow(before) }
  }

  /** Asks fal first: with an id unknown to fal, the generation would stay open for a day. */
  const resolveAs = async (before: GenerationRecord, requestId: string): Promise<ResolveResult> => {
    const { id } = before
    const mayTakeIt = ({ falRequestId }: GenerationRecord = before): boolean =>
      falRequestId === null || falRequestId === requestId
    if (before.falRequestId !== requestId) {
      if (!mayTakeIt()) return { type: 'not_resolvable' }
      if (!isUnresolved(before, Date.now())) return notYet(before)
      const status = await gate.run('look_up', () => fal.status(requestId, { logs: false }))
      const told =
        status.type === 'not_found'
          ? await reading.endOf(requestId, sentMs(before), true)
          : undefined
      if (status.type === 'not_found' && told === undefined) {
        const isSilent = Date.now() < reading.platform.readyMs()
        return { type: isSilent ? 'fal_silent' : 'unknown_to_fal' }
      }
      if (status.type === 'no_answer') return { type: 'fal_silent' }
      if ((store.idOfRequest(requestId) ?? id) !== id) return { type: 'request_taken' }
      // By now fal or someone else may have reported the outcome.
      const now = store.read(id)?.record ?? before
      if (!mayTakeIt(now) || !isUnresolved(now, Date.now())) return { type: 'not_resolvable' }
      const accepted = { type: 'accepted', requestId, by: 'person' } as const
      journal.observe(id, told ? [accepted, told] : [accepted])
    }
    await looker.look(id)
    return { type: 'resolved', view: listeners.viewNow(before) }
  }

  return rpcTarget<GenerationsApi>({
    list: (request) => ({ ...listGenerations(sql, request), holdup: listeners.holdup() }),
    eventPage: (request) => log.page(request),
    ofRequest: (falRequestId) => {
      const id = store.idOfRequest(falRequestId)
      return id === undefined ? null : generations.get(id)
    },
    estimate: (keyId, input) => ({
      estimatedMicrousd: admissions.estimateMicrousd(input),
      limits: admissions.limits(keyId),
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
      return { from, to, timeZone, open, rows, users, limits: admissions.limits(keyId) }
    },
    delete: (id) => deletion.delete(id, Date.now()),
    wasDeleted: deletion.wasDeleted,
    ofVideo: (id) => store.read(id)?.record ?? (deletion.wasDeleted(id) ? 'deleted' : null),
    resolve,
    callerGone: generations.orphans.callerGone,
  })
}

/** fal has had time to report the outcome, and has not. */
const isUnresolved = (record: GenerationRecord, nowMs: number): boolean =>
  phaseOf(record) === 'unconfirmed'
    ? nowMs >= stopsCountingMs(record)
    : record.status === 'failed' && record.cost.state === 'unknown'

const notYet = (record: GenerationRecord): ResolveResult =>
  phaseOf(record) === 'unconfirmed'
    ? { type: 'too_early', untilMs: stopsCountingMs(record) }
    : { type: 'not_resolvable' }

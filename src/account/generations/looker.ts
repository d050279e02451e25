/** Asks fal for a generation's status, or to cancel it: one call at a time, once a second. */
import type { StatusAnswer } from '../../adapters/fal-answers.ts'
import type { FalQueue } from '../../adapters/fal-queue.ts'
import { logError } from '../../adapters/log.ts'
import { isFinal } from '../../contract/status.ts'
import { HOUR_MS, sentMs } from '../../domain/generation/deadlines.ts'
import { NO_LOOKS } from '../../domain/generation/due.ts'
import type { Found } from '../../domain/generation/observation.ts'
import { isInDoubt } from '../../domain/generation/late.ts'
import { pendingJobs } from '../../domain/generation/other-jobs.ts'
import { phaseOf } from '../../domain/generation/transition.ts'
import type { Core } from '../core.ts'
import type { HistoryReading } from '../history/reading.ts'
import { untilFindable } from '../patience.ts'
import type { FalUser } from './fal-user.ts'
import type { Change } from './journal.ts'
import type { Listeners } from './listeners.ts'

export const LOOK_GAP_MS = 1000
/** fal's queue keeps the outcome of a job for about this long. */
const QUEUE_KEEPS_MS = HOUR_MS

export interface LookReason {
  /** A look by the account's own clock counts in the look history. */
  readonly scheduled?: boolean
  /** What fal has said just now, by a webhook without a clear result. */
  readonly status?: StatusAnswer
}

export type Looker = ReturnType<typeof createLooker>

export const createLooker = (
  { store, journal, gate }: Core,
  fal: FalQueue,
  reading: HistoryReading,
  listeners: Listeners,
  falUser: FalUser,
) => {
  /** Running looks. One also counts as the clock's once the clock has joined it. */
  const looking = new Map<string, { scheduled: boolean; readonly done: Promise<void> }>()
  const canceling = new Map<string, Promise<void>>()
  const lookedAtMs = new Map<string, number>()

  /** Looks, or joins a running look. Never rejects. */
  const look = (id: string, reason: LookReason = {}): Promise<void> => {
    const running = looking.get(id)
    if (running !== undefined) {
      if (reason.status) return running.done.then(() => look(id, reason))
      running.scheduled ||= reason.scheduled === true
      return running.done
    }
    const done = ask(id, reason)
      .catch((error: unknown) => logError('look_failed', error, { generation_id: id }))
      .finally(() => looking.delete(id))
    looking.set(id, { scheduled: reason.scheduled === true, done })
    return done
  }

  const lookForReader = async (id: string): Promise<void> => {
    if (Date.now() - (lookedAtMs.get(id) ?? 0) >= LOOK_GAP_MS) await look(id)
  }

  /** Whether the last counted look or cancel was at least `LOOK_GAP_MS` ago. */
  const isLongSince = (id: string): boolean =>
    Date.now() - (store.read(id)?.looks.lastAtMs ?? 0) >= LOOK_GAP_MS

  const afterChange = ({ after }: Change): void => {
    if (phaseOf(after) === 'settled') lookedAtMs.delete(after.id)
  }

  /** Asks fal to cancel a generation, or joins a running cancel. Never rejects. */
  const cancel = (id: string): Promise<void> => {
    const running = canceling.get(id)
    if (running !== undefined) return running
    const done = askToCancel(id)
      .catch((error: unknown) => logError('cancel_failed', error, { generation_id: id }))
      .finally(() => canceling.delete(id))
    canceling.set(id, done)
    return done
  }

  const askToCancel = async (id: string): Promise<void> => {
    const before = store.read(id)
    const requestId = before?.record.falRequestId
    if (before === undefined || requestId === null || requestId === undefined) return
    const tries = before.looks.cancelTries + 1
    const tried = { ...before.looks, cancelTries: tries, isCancelUnanswered: true }
    journal.observe(id, [], { ...tried, lastAtMs: Date.now() })
    const answer = await gate.run('cancel', () => fal.cancel(requestId))
    if (store.read(id)?.record.falRequestId !== requestId) return
    // If fal no longer has it, and an earlier try got no answer, that try was accepted.
    const { cancelTries, isCancelUnanswered = cancelTries > 0 } = before.looks
    const wasTaken = answer === 'not_found' && isCancelUnanswered
    if (answer === 'not_found') {
      const { looks = tried } = store.read(id) ?? {}
      journal.observe(id, [], { ...looks, isCancelUnanswered: false })
    }
    if (answer === 'accepted' || wasTaken) journal.observe(id, [{ type: 'cancel_accepted' }])
    // Too late to cancel: fal knows the outcome by now.
    if (answer === 'already_completed' || answer === 'not_found') await look(id)
  }

  /** Looks at other jobs that may belong to a generation. Never rejects. */
  const lookBeside = async (id: string): Promise<void> => {
    const stored = store.read(id)
    if (stored === undefined) return
    try {
      for (const { requestId } of pendingJobs(stored.record)) {
        const learned = await gate.run('look', async () =>
          conclude(requestId, await fal.status(requestId, { logs: false })),
        )
        // Only the result matters here, not what the status adds to it.
        let found: Found = learned.at(-1) ?? { type: 'clock' }
        if (found.type === 'not_found') {
          const told = await reading.endOf(requestId, sentMs(stored.record), true)
          const isOthers = told === null || falUser.mayBeOthers(stored.record)
          found = told ?? (isOthers ? { type: 'clock' } : found)
        }
        const looks = { ...(store.read(id)?.looks ?? NO_LOOKS), besideAtMs: Date.now() }
        journal.observe(id, [{ type: 'beside', requestId, found }], looks)
      }
    } catch (error) {
      logError('look_failed', error, { generation_id: id })
    }
  }

  const ask = async (id: string, reason: LookReason): Promise<void> => {
    const before = store.read(id)
    if (before === undefined) return
    const isSettled = phaseOf(before.record) === 'settled'
    if (isSettled && !isInDoubt(before.record)) return
    const { falRequestId, named } = before.record
    const requestId = falRequestId ?? named?.requestId
    if (requestId === undefined) return
    lookedAtMs.set(id, Date.now())
    let knows: boolean | undefined
    let learned = await gate.run('look', async (): Promise<Found[]> => {
      const logs = reason.scheduled !== true || listeners.hasAudience(id)
      const status = reason.status ?? (await fal.status(requestId, { logs }))
      if (status.type !== 'no_answer') knows = status.type !== 'not_found'
      // By now a webhook may have reported the end. Then there is nothing to ask.
      const now = store.read(id)?.record
      if (now !== undefined && phaseOf(now) === 'settled' && !isInDoubt(now)) return []
      const found = await conclude(requestId, status)
      const isKnown = falRequestId !== null && !isSettled
      if (isKnown || status.type === 'no_answer' || status.type === 'not_found') return found
      return [{ type: 'accepted', requestId, by: 'look_up' } as const, ...found]
    })
    if (falRequestId !== null && isOthersWord(id, knows) && !isSettled) {
      learned = [{ type: 'clock' }]
    }
    const isMissing = learned.some(({ type }) => type === 'not_found')
    if (mayBeForgotten(id, learned)) {
      const told = await reading.endOf(requestId, sentMs(before.record), isMissing)
      if (told !== undefined && told !== null) learned = [told]
    }
    const isOpen = phaseOf(before.record) === 'unconfirmed'
    if (isOpen && named !== null && named.refusal !== null && isMissing) {
      await untilFindable()
      const again = await gate.run('look', () => fal.status(requestId, { logs: false }))
      if (again.type === 'not_found') learned = [{ type: 'unproven', failure: named.refusal }]
    }
    // By now another job may have turned out to be its own.
    const now = store.read(id)?.record.falRequestId ?? requestId
    const observations = now === requestId ? learned : []
    // A reader's look does not count in the history, or reading would delay the clock's looks.
    const { looks = NO_LOOKS } = store.read(id) ?? {}
    const counted = { ...looks, count: looks.count + 1, lastAtMs: Date.now() }
    const isScheduled = looking.get(id)?.scheduled === true
    journal.observe(id, observations, isScheduled ? counted : undefined)
  }

  /**
   * Whether fal's queue may have forgotten how a job ended, while the history still knows. Only the
   * clock's looks ask: it is another call to fal, and a reader's looks come every second.
   */
  const mayBeForgotten = (id: string, learned: readonly Found[]): boolean => {
    const record = store.read(id)?.record
    if (record === undefined || record.falRequestId === null) return false
    if (looking.get(id)?.scheduled !== true) return false
    const { type } = learned.at(-1) ?? { type: 'clock' }
    if (type === 'not_found') return record.cancelAcceptedAtMs === null
    if (isFinal(record.status)) return type === 'clock' || type === 'in_queue' || type === 'running'
    // While the queue says that a job runs, the history may list an attempt that fal repeats.
    return type === 'clock' && Date.now() > sentMs(record) + QUEUE_KEEPS_MS
  }

  /** Notes whether fal knows a job that it accepted; returns whether its 404 proves nothing. */
  const isOthersWord = (id: string, knows: boolean | undefined): boolean => {
    const record = store.read(id)?.record
    if (record === undefined || isFinal(record.status) || knows === undefined) return false
    if (knows) falUser.noteFound(record)
    else if (record.cancelAcceptedAtMs === null) falUser.noteMissing(record, Date.now())
    return !knows && falUser.mayBeOthers(record)
  }

  /** What a status proves; a completed one proves nothing without the result. */
  const conclude = async (requestId: string, status: StatusAnswer): Promise<Found[]> => {
    if (status.type === 'no_answer') return [{ type: 'clock' }]
    if (status.type !== 'complete') return [status]
    const logs: Found[] =
      status.logs.length > 0 ? [{ type: 'running', logs: status.logs, over: true }] : []
    const result = await fal.result(requestId, { saysFailed: status.saysFailed })
    const isClear = result.type !== 'no_answer' && result.type !== 'pending'
    return [...logs, isClear ? result : { type: 'clock' }]
  }

  return { look, lookForReader, isLongSince, afterChange, cancel, lookBeside }
}

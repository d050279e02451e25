/** Callers that wait for a generation or watch it, and the view of it that they get. */
import { attempt } from '../../adapters/log.ts'
import { isFinal } from '../../contract/status.ts'
import type { Holdup, Patience, View } from '../../domain/generation/calls.ts'
import { expectedSeconds } from '../../domain/generation/admission.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import { NO_HOLDUP } from '../../domain/generation/render.ts'
import type { Change } from './journal.ts'
import type { Core } from '../core.ts'
import { isDoneWithin } from '../patience.ts'
import type { FalBreaker } from './breaker.ts'

type Listener = (change: Change) => void

/** Those who listen to a generation, and the timer that runs while they do. */
interface Audience {
  readonly listeners: Set<Listener>
  timer?: number
}

export type Listeners = ReturnType<typeof createListeners>

export const createListeners = ({ store, counts }: Core, breaker: FalBreaker) => {
  const audiences = new Map<string, Audience>()
  let tellAudience = (_id: string, _audience: Audience): void => undefined

  /** Calls `listener` when a generation gets its first listener. */
  const onAudience = (listener: typeof tellAudience): void => {
    tellAudience = listener
  }

  /** Calls `listener` at each change; returns the function that stops it. */
  const listen = (id: string, listener: Listener): (() => void) => {
    const audience = audiences.get(id) ?? { listeners: new Set() }
    audiences.set(id, audience)
    audience.listeners.add(listener)
    if (audience.listeners.size === 1) tellAudience(id, audience)
    return () => {
      if (!audience.listeners.delete(listener) || audience.listeners.size > 0) return
      audiences.delete(id)
      clearTimeout(audience.timer ?? null)
    }
  }

  const hasAudience = (id: string): boolean => audiences.has(id)

  const afterChange = (change: Change): void => {
    const { id } = change.after
    for (const listener of audiences.get(id)?.listeners ?? []) {
      // What is committed stays committed, even if a listener fails.
      attempt('listener_failed', () => listener(change), { generation_id: id })
    }
  }

  const holdup = (): Holdup => ({
    isFalAway: breaker.now().state !== 'closed',
    isFull: counts.room(Date.now()) === 0,
  })

  /** A generation as its readers get it, with the usual duration of its kind. */
  const view = (record: GenerationRecord): View => {
    if (isFinal(record.status)) return { record, expected: null, holdup: NO_HOLDUP }
    const expected = expectedSeconds(store.pastDurationsMs(record.input, Date.now()))
    return { record, expected, holdup: holdup() }
  }

  /** The view of the generation as it is now; of `known` if it is no longer stored. */
  const viewNow = (known: GenerationRecord): View => view(store.read(known.id)?.record ?? known)

  /** The generation once it is what the caller waits for, or when the caller's patience ends. */
  const viewAfter = async (id: string, patience: Patience): Promise<View | null> => {
    const isEnough = (record: GenerationRecord) =>
      isFinal(record.status) ||
      (patience.for === 'answer' && (record.status !== 'submitting' || record.unconfirmed))
    const record = store.read(id)?.record
    if (record === undefined) return null
    // While fal is away nothing is sent, so a caller that waits for fal is answered at once.
    const isHeldUp = patience.for === 'answer' && record.sentAtMs === null && breaker.holdsUp()
    if (!isEnough(record) && !isHeldUp && patience.ms > 0) {
      const enough = Promise.withResolvers<void>()
      const stop = listen(id, ({ after }) => {
        if (isEnough(after)) enough.resolve()
      })
      await isDoneWithin(enough.promise, patience.ms)
      stop()
    }
    return viewNow(record)
  }

  return { onAudience, listen, hasAudience, afterChange, holdup, view, viewNow, viewAfter }
}

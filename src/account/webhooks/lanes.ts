/** Lanes of deliveries: each runs one attempt at a time, and all together run a few. */
import { backoffMs } from '../../domain/webhook/delivery.ts'
import { earliest } from '../timed.ts'
import type { WebhookStore } from './store.ts'

const MAX_UNDER_WAY = 8
/** Lanes that failed last get half the turns at most, since they may hang. */
const MAX_FAILING_UNDER_WAY = 4
/** A claim older than this is tried again: the process that made it has died. */
export const CLAIM_MS = 60_000
/** A failing address gets a pause, whatever else is waiting for it. */
const LONGEST_PAUSE_MS = 60_000

export interface Turn {
  readonly untilMs: number
  readonly isFailing: boolean
  readonly over: PromiseWithResolvers<void>
}

export const createLanes = (webhooks: Pick<WebhookStore, 'lanes' | 'first'>) => {
  /** When the first of each lane is due. Mirrors the table; nothing else writes to it. */
  let known: Map<string, number> | undefined
  const underWay = new Map<string, Turn>()
  /**
   * Failed attempts in a row, and when the lane's pause ends. Lost with the process, which costs an
   * attempt made too early.
   */
  const troubles = new Map<string, { readonly failures: number; readonly untilMs: number }>()

  const dues = (): Map<string, number> => (known ??= webhooks.lanes())
  const dueMsOf = (lane: string): number =>
    Math.max(dues().get(lane) ?? 0, troubles.get(lane)?.untilMs ?? 0)
  const mayBegin = (lane: string): boolean => {
    const turns = [...underWay.values()]
    if (underWay.has(lane) || turns.length >= MAX_UNDER_WAY) return false
    const failing = turns.filter(({ isFailing }) => isFailing).length
    return !troubles.has(lane) || failing < MAX_FAILING_UNDER_WAY
  }
  const isDue = (lane: string, nowMs: number): boolean => mayBegin(lane) && dueMsOf(lane) <= nowMs

  return {
    /** Whether nothing is pending, as far as that is known without a read. */
    areEmpty: (): boolean => known?.size === 0,
    nextDueMs: (): number | null => {
      const ready = [...dues().keys()].filter(mayBegin)
      // While an attempt runs, the alarm is only for the case that the process dies.
      const claims = [...underWay.values()].map(({ untilMs }) => untilMs)
      return earliest([...ready.map(dueMsOf), ...claims])
    },
    /** The lane that has waited longest, of those that may have a turn now. */
    next: (nowMs: number): string | undefined =>
      [...dues().keys()]
        .filter((lane) => isDue(lane, nowMs))
        .toSorted((a, b) => dueMsOf(a) - dueMsOf(b))[0],
    /** Whether a lane has no deliveries waiting and may have a turn now. */
    isFree: (lane: string, nowMs: number): boolean => !dues().has(lane) && isDue(lane, nowMs),
    owe: (lane: string, dueMs: number): void => {
      dues().set(lane, Math.min(dues().get(lane) ?? Infinity, dueMs))
    },
    read: (lane: string): void => {
      const dueMs = webhooks.first(lane)?.dueMs
      if (dueMs === null || dueMs === undefined) {
        dues().delete(lane)
        troubles.delete(lane)
      } else dues().set(lane, dueMs)
    },
    /** Makes the next call read all lanes again. */
    forget: (): void => {
      known = undefined
    },
    take: (lane: string, untilMs: number): void => {
      const over = Promise.withResolvers<void>()
      underWay.set(lane, { untilMs, isFailing: troubles.has(lane), over })
    },
    turn: (lane: string): Turn | undefined => underWay.get(lane),
    release: (lane: string): void => void underWay.delete(lane),
    allOver: () => Promise.all([...underWay.values()].map(({ over }) => over.promise)),
    noteFailure: (lane: string, retryAfterMs: number, nowMs: number): void => {
      const failures = (troubles.get(lane)?.failures ?? 0) + 1
      const pauseMs = Math.min(backoffMs(failures, 0) ?? Infinity, LONGEST_PAUSE_MS)
      troubles.set(lane, { failures, untilMs: nowMs + Math.max(pauseMs, retryAfterMs) })
    },
    noteSuccess: (lane: string): void => void troubles.delete(lane),
  }
}

/** Keeps looking at a generation while someone watches it. */
import { isFinal } from '../../contract/status.ts'
import type { Core } from '../core.ts'
import type { Listeners } from './listeners.ts'
import { LOOK_GAP_MS, type Looker } from './looker.ts'

const gapMs = (watchedMs: number): number => (watchedMs < 60_000 ? LOOK_GAP_MS : 3000)

/** If a webhook will come: every second for ten seconds, then less and less often. */
const gapWithHookMs = (watchedMs: number): number =>
  watchedMs < 10_000 ? LOOK_GAP_MS : Math.min(watchedMs / 4, 30_000)

export const lookWhileWatched = ({ store }: Core, looker: Looker, listeners: Listeners): void => {
  const watching = new Map<string, { readonly timer?: number }>()

  const unwatch = (id: string): void => {
    clearTimeout(watching.get(id)?.timer ?? null)
    watching.delete(id)
  }

  const watch = (id: string): void => {
    if (watching.has(id)) return
    const sinceMs = Date.now()
    const mine: { timer?: number } = {}
    watching.set(id, mine)
    const isOver = (): boolean => watching.get(id) !== mine
    const lookAfter = (ms: number): void => {
      mine.timer = setTimeout(() => void step(), ms)
    }
    const step = async (): Promise<void> => {
      const record = store.read(id)?.record
      if (isOver() || record === undefined) return
      if (isFinal(record.status)) return unwatch(id)
      if (record.falRequestId !== null) await looker.lookForReader(id)
      if (isOver()) return
      const watchedMs = Date.now() - sinceMs
      lookAfter(record.webhookOrigin === null ? gapMs(watchedMs) : gapWithHookMs(watchedMs))
    }
    lookAfter(LOOK_GAP_MS)
  }

  listeners.onAudience((id, isListening) => (isListening ? watch(id) : unwatch(id)))
}

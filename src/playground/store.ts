/** The generations that the page knows, each as new as it was ever seen. */
import type { Generation } from '../client/index.ts'
import { isFinal, type Status } from '../contract/status.ts'

type Listen = (changed: Generation | undefined) => void

const PROGRESS: Record<Status, number> = {
  submitting: 0,
  queued: 1,
  in_progress: 2,
  completed: 3,
  failed: 3,
  canceled: 3,
}

/** What both tell together, although the second may be older; the same object if it adds nothing. */
export const newer = (held: Generation | undefined, given: Generation): Generation => {
  if (held === undefined) return given
  if (PROGRESS[given.status] < PROGRESS[held.status] || given.revision < held.revision) return held
  // Neither an event nor a list says what to expect.
  const expected =
    'expected_seconds' in given && 'expected_seconds' in held
      ? { expected_seconds: given.expected_seconds ?? held.expected_seconds }
      : {}
  const merged: Generation = { ...given, ...expected }
  return JSON.stringify(merged) === JSON.stringify(held) ? held : merged
}

export const createStore = () => {
  const held = new Map<string, Generation>()
  const listeners = new Map<string, Set<Listen>>()
  const tell = (id: string, changed: Generation | undefined) => {
    for (const name of [id, '*']) listeners.get(name)?.forEach((listen) => listen(changed))
  }
  return {
    get: (id: string) => held.get(id),
    /** Keeps it, unless what is held is newer: answers and events overtake one another. */
    put: (generation: Generation): void => {
      const { id } = generation
      const kept = newer(held.get(id), generation)
      if (kept === held.get(id)) return
      held.set(id, kept)
      tell(id, kept)
    },
    drop: (id: string): void => {
      if (held.delete(id)) tell(id, undefined)
    },
    /** The newest first. */
    all: () => [...held.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1)),
    /** What has not ended. */
    open: () => [...held.values()].filter(({ status }) => !isFinal(status)),
    /** Calls back when that generation changes; with `*`, when any does. */
    subscribe: (id: string, listen: Listen) => {
      const those = listeners.get(id) ?? new Set()
      listeners.set(id, those.add(listen))
      return () => void those.delete(listen)
    },
  }
}

export type Store = ReturnType<typeof createStore>

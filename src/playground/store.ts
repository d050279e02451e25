/** The generations that the page knows, each as new as it was ever seen. */
import type { FinalGeneration, Generation } from '../client/index.ts'
import { isFinal, STATUSES } from '../contract/status.ts'

export type OpenGeneration = Exclude<Generation, FinalGeneration>

/** Whether it goes on: the others have ended. */
export const isOpen = (generation: Generation): generation is OpenGeneration =>
  !isFinal(generation.status)

/** All ends are as far as one another. */
const progressOf = ({ status }: Generation): number =>
  isFinal(status) ? Infinity : STATUSES.indexOf(status)

/** What both tell together, although the second may be older; the same object if it adds nothing. */
export const newer = (held: Generation | undefined, given: Generation): Generation => {
  if (held === undefined) return given
  if (progressOf(given) < progressOf(held) || given.revision < held.revision) return held
  // Neither an event nor a list says what to expect.
  const expected =
    isOpen(given) && isOpen(held)
      ? { expected_seconds: given.expected_seconds ?? held.expected_seconds }
      : {}
  const merged: Generation = { ...given, ...expected }
  return JSON.stringify(merged) === JSON.stringify(held) ? held : merged
}

export const createStore = () => {
  const held = new Map<string, Generation>()
  const listeners = new Set<() => void>()
  const tell = () => listeners.forEach((listen) => listen())
  return {
    get: (id: string) => held.get(id),
    /** Keeps it, unless what is held is newer: answers and events overtake one another. */
    put: (generation: Generation): void => {
      const known = held.get(generation.id)
      const kept = newer(known, generation)
      if (kept === known) return
      held.set(kept.id, kept)
      tell()
    },
    drop: (id: string): void => {
      if (held.delete(id)) tell()
    },
    /** The newest first: ids sort by the time they were made at. */
    ids: () => [...held.keys()].toSorted().toReversed(),
    open: () => [...held.values()].filter(isOpen),
    /** Calls back when any of them changes. */
    subscribe: (listen: () => void) => {
      listeners.add(listen)
      return () => void listeners.delete(listen)
    },
  }
}

export type Store = ReturnType<typeof createStore>

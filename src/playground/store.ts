/** The newest known version of each generation. */
import type { FinalGeneration, Generation } from '../client/index.ts'
import { isFinal, STATUSES } from '../contract/status.ts'

export type OpenGeneration = Exclude<Generation, FinalGeneration>

export const isOpen = (generation: Generation): generation is OpenGeneration =>
  !isFinal(generation.status)

/** All final statuses count as equally far. */
const progressOf = ({ status }: Generation): number =>
  isFinal(status) ? Infinity : STATUSES.indexOf(status)

/** Merges two versions, of which `given` may be older. Returns `held` itself if nothing is new. */
export const newer = (held: Generation | undefined, given: Generation): Generation => {
  if (held === undefined) return given
  if (progressOf(given) < progressOf(held) || given.revision < held.revision) return held
  // Neither events nor lists have `expected_seconds`.
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
    /** Stores it unless the held one is newer: answers and events may arrive out of order. */
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
    /** Newest first: ids sort by creation time. */
    ids: () => [...held.keys()].toSorted().toReversed(),
    open: () => [...held.values()].filter(isOpen),
    subscribe: (listen: () => void) => {
      listeners.add(listen)
      return () => void listeners.delete(listen)
    },
  }
}

export type Store = ReturnType<typeof createStore>

/** The newest known version of each generation. A component that reads it follows its changes. */
import { signal } from '@preact/signals'
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
  const held = signal<ReadonlyMap<string, Generation>>(new Map())
  const dropped = new Set<string>()
  return {
    get: (id: string) => held.value.get(id),
    /** Stores it unless the held one is newer: answers and events may arrive out of order. */
    put: (generation: Generation): void => {
      if (dropped.has(generation.id)) return
      const known = held.peek().get(generation.id)
      const kept = newer(known, generation)
      if (kept !== known) held.value = new Map(held.peek()).set(kept.id, kept)
    },
    /** Keeps it away until it is restored, whatever answers and events still tell of it. */
    drop: (id: string): void => {
      dropped.add(id)
      held.value = new Map([...held.peek()].filter(([one]) => one !== id))
    },
    restore: ({ id }: Generation): void => void dropped.delete(id),
    /** Newest first: ids sort by creation time. */
    ids: () => [...held.value.keys()].toSorted().toReversed(),
    open: () => [...held.value.values()].filter(isOpen),
  }
}

/** The emulator's time: the real clock until a test moves, sets or freezes it. */

export interface Clock {
  nowMs(): number
  /** Jumps ahead, even while frozen. */
  advance(ms: number): void
  /** Jumps to a time; the clock runs on from there unless it is frozen. */
  set(ms: number): void
  freeze(frozen: boolean): void
  isFrozen(): boolean
  /** Returns to the source's own time. */
  reset(): void
}

/** @param sourceMs the source of time, in milliseconds since 1970 */
export function createClock(sourceMs: () => number): Clock {
  let offsetMs = 0
  let frozenAtMs: number | undefined

  const nowMs = () => frozenAtMs ?? sourceMs() + offsetMs

  return {
    nowMs,
    advance(ms) {
      if (frozenAtMs === undefined) offsetMs += ms
      else frozenAtMs += ms
    },
    set(ms) {
      if (frozenAtMs === undefined) offsetMs = ms - sourceMs()
      else frozenAtMs = ms
    },
    freeze(frozen) {
      const atMs = nowMs()
      frozenAtMs = frozen ? atMs : undefined
      offsetMs = atMs - sourceMs()
    },
    isFrozen: () => frozenAtMs !== undefined,
    reset() {
      offsetMs = 0
      frozenAtMs = undefined
    },
  }
}

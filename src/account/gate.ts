/** Every outgoing connection of an account goes through this gate. */

/** The platform allows an object six open connections; a seventh would stall. */
const MAX_OPEN = 6

/** @param fetches how many fetches one of them makes at most */
const lane = (maxOpen: number, fetches = 1) => ({
  maxOpen,
  fetches,
  open: 0,
  waiting: [] as (() => void)[],
})

/** A lane for each kind of connection, the most urgent first. */
const createLanes = () => ({
  // A look-up ends a submit: its caller waits, and only a webhook could replace it.
  look_up: lane(3),
  // One stays free, or a stream of submits would block looks and KV writes while it lasts.
  submit: lane(MAX_OPEN - 1),
  cancel: lane(4),
  // A look also asks for the result.
  look: lane(3, 2),
  platform: lane(1),
  // A write may read first.
  outbox: lane(3, 2),
})

export type ConnectionKind = keyof ReturnType<typeof createLanes>
type Lane = ReturnType<typeof lane>

/**
 * The Free plan allows 50 fetches between one event that reaches an object (an alarm or a call)
 * and the next, whichever event caused them. The rest is a safety margin.
 */
const MAX_FETCHES = 40

export type Gate = ReturnType<typeof createGate>

export const createGate = () => {
  const lanes = createLanes()
  const inOrder: readonly Lane[] = Object.values(lanes)
  let fetchesLeft = MAX_FETCHES
  let isSpent = false
  let tellSpent = (): void => undefined

  const spend = (): void => {
    if (isSpent) return
    isSpent = true
    tellSpent()
  }
  const isFree = (lane: Lane): boolean =>
    lane.open < lane.maxOpen && inOrder.reduce((sum, { open }) => sum + open, 0) < MAX_OPEN
  const take = (lane: Lane): void => {
    fetchesLeft -= lane.fetches
    lane.open++
  }
  const admitNext = (): void => {
    for (const lane of inOrder) {
      while (lane.waiting.length > 0 && isFree(lane)) {
        if (fetchesLeft < lane.fetches) return spend()
        take(lane)
        lane.waiting.shift()?.()
      }
    }
  }
  const release = (lane: Lane): void => {
    lane.open--
    admitNext()
  }

  return {
    /** Runs `work` once a connection of this kind is free, and releases it afterwards. */
    run: async <T>(kind: ConnectionKind, work: () => Promise<T>): Promise<T> => {
      const lane = lanes[kind]
      await new Promise<void>((enter) => {
        lane.waiting.push(enter)
        admitNext()
      })
      try {
        return await work()
      } finally {
        release(lane)
      }
    },
    /** Opens a connection if one of this kind is free now; returns the function that closes it. */
    enter: (kind: ConnectionKind): (() => void) | undefined => {
      const lane = lanes[kind]
      // Work that waits for an event goes first.
      if (isSpent || fetchesLeft < lane.fetches || !isFree(lane)) return undefined
      take(lane)
      return () => release(lane)
    },
    /** Called at each event, when the platform starts to count afresh. */
    refill: (): void => {
      fetchesLeft = MAX_FETCHES
      isSpent = false
      admitNext()
    },
    /** Whether work waits for the next event only. */
    isSpent: () => isSpent,
    /** Calls `listener` when the next connection has to wait for an event. */
    onSpent: (listener: () => void): void => {
      tellSpent = listener
    },
  }
}

/** The gate through which every outgoing connection of an account goes. */

/** The platform lets an object hold six open connections; a seventh would stall behind them. */
const MAX_OPEN = 6

/** @param fetches what one of them fetches at most */
const lane = (maxOpen: number, fetches = 1) => ({
  maxOpen,
  fetches,
  open: 0,
  waiting: [] as (() => void)[],
})

/** By what a connection is for, the most urgent first. */
const createLanes = () => ({
  // A look-up is the end of a submit: its caller waits, and only a webhook could make up for it.
  look_up: lane(3),
  // One is left, or a stream of submits would keep looks and KV waiting for as long as it lasts.
  submit: lane(MAX_OPEN - 1),
  cancel: lane(4),
  // It asks for a result too.
  look: lane(3, 2),
  platform: lane(1),
  // A write may read before.
  outbox: lane(3, 2),
})

export type ConnectionKind = keyof ReturnType<typeof createLanes>
type Lane = ReturnType<typeof lane>

/**
 * The Free plan allows 50 from one event that reaches an object to the next, be it an
 * alarm or a call, whichever of them it was that caused them. Some are left to be safe.
 */
const MAX_FETCHES = 40

export interface Gate {
  /** Runs `work` as soon as a connection of this kind may be open, and frees it afterwards. */
  run<T>(kind: ConnectionKind, work: () => Promise<T>): Promise<T>
  /** Opens a connection if one of this kind may be open at once; what comes back closes it. */
  enter(kind: ConnectionKind): (() => void) | undefined
  /** Tells that an event has come, with which the platform counts anew. */
  refill(): void
  /** Whether something waits for the next event, and for nothing else. */
  isSpent(): boolean
  /** Has `listener` called when what comes next has to wait for an event. */
  onSpent(listener: () => void): void
}

export const createGate = (): Gate => {
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
      for (
        let [enter] = lane.waiting;
        enter !== undefined && isFree(lane);
        [enter] = lane.waiting
      ) {
        if (fetchesLeft < lane.fetches) return spend()
        lane.waiting.shift()
        take(lane)
        enter()
      }
    }
  }
  const leave = (lane: Lane): void => {
    lane.open--
    admitNext()
  }

  return {
    run: async (kind, work) => {
      const lane = lanes[kind]
      await new Promise<void>((enter) => {
        lane.waiting.push(enter)
        admitNext()
      })
      try {
        return await work()
      } finally {
        leave(lane)
      }
    },
    enter: (kind) => {
      const lane = lanes[kind]
      // What waits for an event comes first.
      if (isSpent || fetchesLeft < lane.fetches || !isFree(lane)) return undefined
      take(lane)
      return () => leave(lane)
    },
    refill: () => {
      fetchesLeft = MAX_FETCHES
      isSpent = false
      admitNext()
    },
    isSpent: () => isSpent,
    onSpent: (listener) => {
      tellSpent = listener
    },
  }
}

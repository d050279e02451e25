/** The gate through which every outgoing connection of an account goes. */

/** What a connection is for, most urgent first. */
const KINDS = ['look_up', 'submit', 'cancel', 'look', 'platform', 'outbox'] as const
export type ConnectionKind = (typeof KINDS)[number]

/** The platform lets an object hold six open connections; a seventh would stall behind them. */
const MAX_OPEN = 6
const MAX_OPEN_OF_KIND: Readonly<Record<ConnectionKind, number>> = {
  // A look-up is the end of a submit: its caller waits, and only a webhook could make up for it.
  look_up: 3,
  // One is left, or a stream of submits would keep looks and KV waiting for as long as it lasts.
  submit: MAX_OPEN - 1,
  cancel: 4,
  look: 3,
  platform: 1,
  outbox: 3,
}

/** What each fetches at most: a look asks for a result too, and a write may read before. */
const FETCHES: Readonly<Record<ConnectionKind, number>> = {
  look_up: 1,
  submit: 1,
  cancel: 1,
  look: 2,
  platform: 1,
  outbox: 2,
}
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
  const open = { look_up: 0, submit: 0, cancel: 0, look: 0, platform: 0, outbox: 0 }
  const waiting: Record<ConnectionKind, (() => void)[]> = {
    look_up: [],
    submit: [],
    cancel: [],
    look: [],
    platform: [],
    outbox: [],
  }
  let fetchesLeft = MAX_FETCHES
  let isSpent = false
  let tellSpent = (): void => undefined

  const total = () => KINDS.reduce((sum, kind) => sum + open[kind], 0)
  const spend = (): void => {
    if (isSpent) return
    isSpent = true
    tellSpent()
  }
  const isFree = (kind: ConnectionKind) => total() < MAX_OPEN && open[kind] < MAX_OPEN_OF_KIND[kind]
  const take = (kind: ConnectionKind): void => {
    fetchesLeft -= FETCHES[kind]
    open[kind]++
  }
  const admitNext = (): void => {
    for (const kind of KINDS) {
      while (isFree(kind)) {
        const enter = waiting[kind][0]
        if (enter === undefined) break
        if (fetchesLeft < FETCHES[kind]) return spend()
        waiting[kind].shift()
        take(kind)
        enter()
      }
    }
  }
  const leave = (kind: ConnectionKind): void => {
    open[kind]--
    admitNext()
  }

  return {
    run: async (kind, work) => {
      await new Promise<void>((enter) => {
        waiting[kind].push(enter)
        admitNext()
      })
      try {
        return await work()
      } finally {
        leave(kind)
      }
    },
    enter: (kind) => {
      // What waits for an event comes first.
      if (isSpent || fetchesLeft < FETCHES[kind] || !isFree(kind)) return undefined
      take(kind)
      return () => leave(kind)
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

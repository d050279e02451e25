/** The gate through which every outgoing connection of an account goes. */

/** What a connection is for, most urgent first. */
const KINDS = ['look_up', 'submit', 'cancel', 'look', 'outbox'] as const
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
  outbox: 3,
}

export interface Gate {
  /** Runs `work` as soon as a connection of this kind may be open, and frees it afterwards. */
  run<T>(kind: ConnectionKind, work: () => Promise<T>): Promise<T>
}

export const createGate = (): Gate => {
  const open = { look_up: 0, submit: 0, cancel: 0, look: 0, outbox: 0 }
  const waiting: Record<ConnectionKind, (() => void)[]> = {
    look_up: [],
    submit: [],
    cancel: [],
    look: [],
    outbox: [],
  }

  const total = () => KINDS.reduce((sum, kind) => sum + open[kind], 0)
  const admitNext = (): void => {
    for (const kind of KINDS) {
      while (total() < MAX_OPEN && open[kind] < MAX_OPEN_OF_KIND[kind]) {
        const enter = waiting[kind].shift()
        if (enter === undefined) break
        open[kind]++
        enter()
      }
    }
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
        open[kind]--
        admitNext()
      }
    },
  }
}

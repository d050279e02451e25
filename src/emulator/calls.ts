/** Logs every call to the emulator, and how many ran at once. */

export const OPERATIONS = [
  'submit',
  'run',
  'status',
  'stream',
  'result',
  'cancel',
  'jwks',
  'files',
  'history',
  'billing',
  'pricing',
  'models',
  'meta',
  'unknown',
] as const
export type Operation = (typeof OPERATIONS)[number]

export interface Call {
  op: Operation
  method: string
  path: string
  at_ms: number
  authorized: boolean
  /** Null while it runs. */
  status: number | 'lost' | 'reset' | null
  prompt?: string
  request_id?: string
}

interface Load {
  running: number
  maximum: number
}

export interface CallLog {
  /** Notes the start of a call; the returned function ends it, once. */
  begin(call: Call): (status: Call['status']) => void
  report(): { calls: Call[]; concurrent: Record<'all' | Operation, Load> }
  clear(): void
}

export function createCallLog(): CallLog {
  let calls: Call[] = []
  let loads = new Map<'all' | Operation, Load>()

  const loadOf = (op: 'all' | Operation): Load => {
    const load = loads.get(op) ?? { running: 0, maximum: 0 }
    loads.set(op, load)
    return load
  }

  return {
    begin(call) {
      calls.push(call)
      const counted = [loadOf('all'), loadOf(call.op)]
      for (const load of counted) {
        load.running += 1
        load.maximum = Math.max(load.maximum, load.running)
      }
      let isRunning = true
      return (status) => {
        call.status ??= status
        if (!isRunning) return
        isRunning = false
        for (const load of counted) load.running -= 1
      }
    },
    report() {
      const concurrent: Record<string, Load> = {}
      for (const op of ['all', ...OPERATIONS] as const) concurrent[op] = { ...loadOf(op) }
      return { calls, concurrent }
    },
    clear() {
      calls = []
      loads = new Map()
    },
  }
}

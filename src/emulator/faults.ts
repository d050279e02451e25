/** Failures that a test requests for an operation; a marker requests them for one request. */
import { OPERATIONS } from './calls.ts'
import type { Operation } from './calls.ts'
import { SUBMIT_BEHAVIOURS } from './markers.ts'
import type { SubmitBehaviour } from './markers.ts'

/** A status or broken JSON replaces the operation's answer; `delay` only slows it. */
type FaultKind =
  | { kind: 'status'; status: number }
  | { kind: 'reset' | 'lost' | 'hang' | 'malformed' }
  | { kind: 'delay'; ms: number }
  | { kind: 'submit'; submit: SubmitBehaviour }

export interface Fault {
  op: Operation
  fault: FaultKind
  /** How many more times it strikes. */
  timesLeft: number
  untilMs: number
  promptIncludes: string | undefined
  headers: Record<string, string>
  body: unknown
}

export interface Faults {
  add(fault: Fault): void
  /** The first fault that matches a call; this counts as one use. */
  take(op: Operation, prompt: string | undefined, nowMs: number): Fault | undefined
  list(): readonly Fault[]
  clear(): void
}

export function createFaults(): Faults {
  let faults: Fault[] = []
  return {
    add(fault) {
      faults.push(fault)
    },
    take(op, prompt, nowMs) {
      faults = faults.filter((fault) => fault.timesLeft > 0 && fault.untilMs > nowMs)
      const struck = faults.find(
        (fault) =>
          fault.op === op &&
          (fault.promptIncludes === undefined || prompt?.includes(fault.promptIncludes) === true),
      )
      if (struck !== undefined) struck.timesLeft -= 1
      return struck
    },
    list: () => faults,
    clear() {
      faults = []
    },
  }
}

/** Reads `503`, `'reset'`, `'lost'`, `'hang'`, `'malformed'`, `'delay:500'` or, for submit, a marker's value. */
export function readFaultKind(op: Operation, value: unknown): FaultKind | undefined {
  if (typeof value === 'number') {
    return value >= 200 && value <= 599 ? { kind: 'status', status: value } : undefined
  }
  if (typeof value !== 'string') return undefined
  const delay = /^delay:(\d+)$/.exec(value)
  if (delay !== null) return { kind: 'delay', ms: Number(delay[1]) }
  const submit = SUBMIT_BEHAVIOURS.find((behaviour) => behaviour === value)
  if (op === 'submit' && submit !== undefined) return { kind: 'submit', submit }
  const kind = (['reset', 'lost', 'hang', 'malformed'] as const).find((one) => one === value)
  return kind === undefined ? undefined : { kind }
}

export function readOperation(value: unknown): Operation | undefined {
  return OPERATIONS.find((op) => op === value)
}

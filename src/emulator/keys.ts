/** Which key each operation requires, and its answer to any other. */
import { plainError } from './answers.ts'
import type { Operation } from './calls.ts'
import type { EmulatorContext } from './context.ts'
import { refusal } from './query.ts'

const QUEUE = new Set<Operation>(['submit', 'run', 'status', 'stream', 'result', 'cancel'])
const PLATFORM = new Set<Operation>(['history', 'billing', 'pricing', 'models'])

export function mayAsk(
  { falKey, billingKey }: EmulatorContext,
  op: Operation,
  authorization: string | undefined,
): boolean {
  const isAdmin = authorization === `Key ${billingKey}`
  if (op === 'billing') return isAdmin
  return authorization === `Key ${falKey}` || (isAdmin && PLATFORM.has(op))
}

/** Undefined if the key is right, or the call needs none. */
export function keyRefusal(
  emulator: EmulatorContext,
  op: Operation,
  authorization: string | undefined,
): Response | undefined {
  if (mayAsk(emulator, op, authorization)) return undefined
  if (QUEUE.has(op)) return plainError(401)
  if (!PLATFORM.has(op)) return undefined
  const isOrdinary = authorization === `Key ${emulator.falKey}`
  return isOrdinary ? refusal(403, 'Admin API key required') : refusal(401, 'Invalid API key')
}

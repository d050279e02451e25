/** Requests a video once, however often an agent calls. */
import { createHash } from 'node:crypto'
import type { ClientRequestOptions } from 'hono/client'
import type { Generation } from '../../client/index.ts'
import type { NormalisedInput } from '../../contract/input.ts'
import type { Session } from '../session.ts'
import { spend } from '../calls.ts'

/** The metadata by which a later call finds the generation. */
const CALL = 'mcp_call'
const ATTEMPT = 'mcp_attempt'
/** Idempotency keys are kept for a day after the end, and a job stays at fal for some hours. */
const LOOK_BACK_MS = 72 * 3_600_000
const MAX_PAGES = 5

/**
 * The same input and variation give the same video, for any caller and after any restart: the
 * idempotency key is derived from them. Another attempt follows only one that ended with nothing
 * paid, never one whose cost is unknown. Attempts are counted from the account's list, because
 * the gateway forgets its idempotency keys one by one.
 */
export const generateOnce = async (session: Session, input: NormalisedInput, variation: number) => {
  const { api, note } = session
  const asked = JSON.stringify([input, variation])
  const call = createHash('sha256').update(asked).digest('hex')
  const earlier = await findEarlier(session, call)
  if (earlier !== undefined && !isFree(earlier)) return { generation: earlier, replayed: true }
  for (let attempt = Number(earlier?.metadata[ATTEMPT] ?? 0) + 1; ; attempt++) {
    const json = { ...input, metadata: { [CALL]: call, [ATTEMPT]: String(attempt) } }
    const send = (init: ClientRequestOptions) => api.generations.$post({ json }, init)
    // No signal: an interruption would lose the answer.
    const { body, isReplayed } = await spend(note, `mcp-${call}-${attempt}`, undefined, send)
    if (!isReplayed || !isFree(body)) return { generation: body, replayed: isReplayed }
  }
}

const isFree = ({ finished_at, cost }: Generation): boolean =>
  finished_at !== null && cost.state === 'released'

/** The latest attempt at this video. */
const findEarlier = async ({ pika }: Session, call: string): Promise<Generation | undefined> => {
  const created_after = new Date(Date.now() - LOOK_BACK_MS).toISOString()
  let pages = 0
  for await (const { data } of pika.list({ created_after, limit: 100 })) {
    const found = data.find(({ metadata }) => metadata[CALL] === call)
    if (found !== undefined || ++pages === MAX_PAGES) return found
  }
  return undefined
}

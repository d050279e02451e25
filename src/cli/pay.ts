/** Has a generation made, and follows it unless it was told not to. */
import type { ClientRequestOptions, ClientResponse } from 'hono/client'
import type { Generation } from '../client/index.ts'
import { hasEnded } from '../client/wait.ts'
import type { ProblemStatus } from '../contract/problem.ts'
import { follow, type FollowOptions, handOver, lastWords } from './follow.ts'
import { Interrupted } from './interrupt.ts'
import type { Target } from './save-video.ts'
import type { Session } from './session.ts'
import { spend } from './spend.ts'
import { costWords } from './words.ts'

export interface PayOptions extends FollowOptions {
  readonly wait?: boolean | undefined
  readonly idempotencyKey?: string | undefined
}

type Created = ClientResponse<Generation, 200 | 201 | 202, 'json'>
type Refused = ClientResponse<unknown, ProblemStatus, 'json'>

/**
 * Pays for one generation, once, whatever breaks on the way.
 *
 * @throws {PikaError} where there will be no video
 */
export const pay = async (
  session: Session,
  target: Target | 'stdout' | undefined,
  options: PayOptions,
  call: (options: ClientRequestOptions) => Promise<Created | Refused>,
): Promise<void> => {
  const { shell, note, paint, wantsJson, print, printJson } = session
  const { idempotencyKey = crypto.randomUUID(), cancelOnInterrupt } = options
  const startedMs = Date.now()
  // What is to be canceled must have an id first, so the call is not cut off then.
  const signal = cancelOnInterrupt === true ? undefined : shell.signal
  const { body: created, isReplayed } = await spend(session, idempotencyKey, signal, call)
  note(
    `${paint.err('bold', created.id)} · ${costWords(created)}` +
      (isReplayed ? ' · made before, under the same idempotency key' : ''),
  )
  const interrupted: unknown = shell.signal.reason
  if (interrupted instanceof Interrupted) {
    throw await lastWords(session, created.id, interrupted, cancelOnInterrupt)
  }
  if (options.wait === false) {
    if (wantsJson) return printJson(created)
    print(created.id)
    return note(paint.err('dim', `pika-edge watch ${created.id}`))
  }
  if (hasEnded(created)) return handOver(session, created, target)
  await follow(session, created.id, target, {
    ...options,
    startedMs: isReplayed ? Date.parse(created.created_at) : startedMs,
  })
}

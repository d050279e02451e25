/** Pays for a generation, and follows it unless `--no-wait` is given. */
import type { ClientResponse } from 'hono/client'
import type { FinalGeneration, Generation } from '../client/index.ts'
import { hasEnded } from '../client/wait.ts'
import type { ProblemStatus } from '../contract/problem.ts'
import { costWords } from '../contract/words.ts'
import { type FollowOptions, handOver, lastWords, planFollowing, waitForEnd } from './follow.ts'
import { Interrupted } from './interrupt.ts'
import { createProgress, type Progress } from './progress.ts'
import type { Session } from './session.ts'
import { type Route, spend, type Spent } from './calls.ts'

export interface PayOptions extends FollowOptions {
  readonly wait?: boolean | undefined
  readonly idempotencyKey?: string | undefined
}

type Created = ClientResponse<Generation, 200 | 201 | 202, 'json'>
type Refused = ClientResponse<unknown, ProblemStatus, 'json'>

/** Pays once, even if the connection breaks. @throws {PikaError} if there will be no video */
export const pay = async <Args>(
  session: Session,
  options: PayOptions,
  route: Route<Args, Created | Refused>,
  args: Args,
): Promise<void> => {
  const { shell, wantsJson, done, hint, paint } = session
  const target = planFollowing(session, options)
  const startedMs = Date.now()
  const progress = createProgress(shell, wantsJson, { startedMs, words: 'sending' })
  let ended: FinalGeneration
  try {
    const { body: created, isReplayed } = await send(session, progress.say, options, route, args)
    const replayed = isReplayed ? ' · replayed, same idempotency key' : ''
    progress.expect(created)
    progress.say(`${paint.err('bold', created.id)} · ${costWords(created)}${replayed}`)
    if (options.wait === false) {
      progress.end()
      done(created, created.id)
      return wantsJson ? undefined : hint(`pika-edge watch ${created.id}`)
    }
    ended = hasEnded(created) ? created : await waitForEnd(session, created.id, options, progress)
  } finally {
    progress.end()
  }
  await handOver(session, ended, target)
}

/** With --cancel-on-interrupt, Ctrl-C does not abort the call: canceling needs its id. */
const send = async <Args>(
  session: Session,
  say: Progress['say'],
  { idempotencyKey = crypto.randomUUID(), cancelOnInterrupt }: PayOptions,
  route: Route<Args, Created | Refused>,
  args: Args,
): Promise<Spent<Generation>> => {
  const { signal } = session.shell
  const stop = cancelOnInterrupt === true ? undefined : signal
  const spent = await spend(say, idempotencyKey, stop, route, args)
  const why: unknown = signal.reason
  if (why instanceof Interrupted)
    throw await lastWords(session, spent.body.id, why, cancelOnInterrupt, say)
  return spent
}

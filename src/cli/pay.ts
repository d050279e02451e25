/** Pays for a generation, and follows it unless `--no-wait` is given. */
import type { ClientResponse } from 'hono/client'
import type { FinalGeneration, Generation } from '../client/index.ts'
import { hasEnded } from '../client/wait.ts'
import type { ProblemStatus } from '../contract/problem.ts'
import { costWords } from '../contract/words.ts'
import { type Route, spend } from './calls.ts'
import { type FollowOptions, handOver, lastWords, waitForEnd } from './follow.ts'
import { Interrupted } from './interrupt.ts'
import { createProgress } from './progress.ts'
import { planTarget } from './save-video.ts'
import type { Session } from './session.ts'

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
  const { idempotencyKey = crypto.randomUUID(), cancelOnInterrupt, wait } = options
  const target = planTarget(session, options)
  const progress = createProgress(session, 'sending')
  const { say } = progress
  let ended: FinalGeneration
  try {
    // To cancel it needs its id, so Ctrl-C does not abort the call then.
    const stop = cancelOnInterrupt === true ? undefined : shell.signal
    const { body: created, isReplayed } = await spend(say, idempotencyKey, stop, route, args)
    const { id } = created
    const why: unknown = shell.signal.reason
    if (why instanceof Interrupted) throw await lastWords(session, id, why, options, say)
    const replayed = isReplayed ? ' · replayed, same idempotency key' : ''
    progress.expect(created)
    say(`${paint.err('bold', id)} · ${costWords(created)}${replayed}`)
    if (wait === false) {
      progress.end()
      done(created, id)
      return wantsJson ? undefined : hint(`pika-edge watch ${id}`)
    }
    ended = hasEnded(created) ? created : await waitForEnd(session, id, options, progress)
  } finally {
    progress.end()
  }
  await handOver(session, ended, target)
}

/** Pays for a generation, and follows it unless `--no-wait` is given. */
import type { ClientRequestOptions, ClientResponse } from 'hono/client'
import type { FinalGeneration, Generation } from '../client/index.ts'
import { hasEnded } from '../client/wait.ts'
import type { ProblemStatus } from '../contract/problem.ts'
import { costWords } from '../contract/words.ts'
import { type FollowOptions, handOver, lastWords, waitForEnd } from './follow.ts'
import { Interrupted } from './interrupt.ts'
import { createProgress, type Progress } from './progress.ts'
import type { Target } from './save-video.ts'
import type { Session } from './session.ts'
import { spend, type Spent } from './calls.ts'

export interface PayOptions extends FollowOptions {
  readonly wait?: boolean | undefined
  readonly idempotencyKey?: string | undefined
}

type Created = ClientResponse<Generation, 200 | 201 | 202, 'json'>
type Refused = ClientResponse<unknown, ProblemStatus, 'json'>

/** Pays once, even if the connection breaks. @throws {PikaError} if there will be no video */
export const pay = async (
  session: Session,
  target: Target | 'stdout' | undefined,
  options: PayOptions,
  call: (options: ClientRequestOptions) => Promise<Created | Refused>,
): Promise<void> => {
  const { shell, wantsJson, print, printJson, note, paint } = session
  const startedMs = Date.now()
  const progress = createProgress(shell, wantsJson, { startedMs, words: 'sending' })
  let ended: FinalGeneration
  try {
    const { body: created, isReplayed } = await send(session, progress.say, options, call)
    const replayed = isReplayed ? ' · replayed, same idempotency key' : ''
    progress.expect(created)
    progress.say(`${paint.err('bold', created.id)} · ${costWords(created)}${replayed}`)
    if (options.wait === false) {
      progress.end()
      if (wantsJson) return printJson(created)
      print(created.id)
      return note(paint.err('dim', `pika-edge watch ${created.id}`))
    }
    ended = hasEnded(created) ? created : await waitForEnd(session, created.id, options, progress)
  } finally {
    progress.end()
  }
  await handOver(session, ended, target)
}

/** With --cancel-on-interrupt, Ctrl-C does not abort the call: canceling needs its id. */
const send = async (
  session: Session,
  say: Progress['say'],
  { idempotencyKey = crypto.randomUUID(), cancelOnInterrupt }: PayOptions,
  call: (options: ClientRequestOptions) => Promise<Created | Refused>,
): Promise<Spent<Generation>> => {
  const { signal } = session.shell
  const spent = await spend(
    say,
    idempotencyKey,
    cancelOnInterrupt === true ? undefined : signal,
    call,
  )
  const why: unknown = signal.reason
  if (why instanceof Interrupted)
    throw await lastWords(session, spent.body.id, why, cancelOnInterrupt, say)
  return spent
}

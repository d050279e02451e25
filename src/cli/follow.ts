/** Follows a generation from the request that pays for it to its result. */
import type { ClientResponse } from 'hono/client'
import {
  type CompletedGeneration,
  type FinalGeneration,
  type Generation,
  PikaError,
} from '../client/index.ts'
import { endedWithout, hasEnded } from '../client/wait.ts'
import { costWords, duration } from '../contract/words.ts'
import { type JsonResponse, type Send, spend, tryCall } from './calls.ts'
import { Interrupted } from './exit-codes.ts'
import type { Following } from './options.ts'
import { createProgress, type Progress } from './progress.ts'
import { pipeVideo, planTarget, saveVideo, STDOUT, type Target } from './save-video.ts'
import type { Session } from './session.ts'
import { statusWords, tookMs } from './words.ts'

type Create = Send<ClientResponse<Generation, 200 | 201 | 202, 'json'> | JsonResponse>

/** Pays once, even if the connection breaks. @throws {PikaError} if there will be no video */
export const pay = async (session: Session, options: Following, create: Create) => {
  const { shell, wantsJson, done, hint, paint } = session
  const { idempotencyKey = crypto.randomUUID(), cancelOnInterrupt, wait } = options
  const target = planTarget(session, options)
  const progress = createProgress(session, 'sending')
  const follow = async () => {
    // Canceling needs its id, so Ctrl-C must not abort the call then.
    const stop = cancelOnInterrupt === true ? undefined : shell.signal
    const { body, isReplayed } = await spend(progress.say, idempotencyKey, stop, create)
    const why: unknown = shell.signal.reason
    if (why instanceof Interrupted) {
      throw await lastWords(session, body.id, why, options, progress.say)
    }
    progress.expect(body)
    const replayed = isReplayed ? ' · replayed, same idempotency key' : ''
    progress.say(`${paint.err('bold', body.id)} · ${costWords(body)}${replayed}`)
    const isDone = wait === false || hasEnded(body)
    return isDone ? body : waitForEnd(session, body.id, options, progress)
  }
  const latest = await follow().finally(progress.end)
  if (wait !== false && hasEnded(latest)) return handOver(session, latest, target)
  done(latest, latest.id)
  if (!wantsJson) hint(`pika-edge watch ${latest.id}`)
}

type Output = Target | typeof STDOUT
export type Listener = Pick<Progress, 'show' | 'say'>

/** @throws {Interrupted} saying how to resume watching */
export const waitForEnd = async (
  session: Session,
  id: string,
  options: Following,
  { show, say }: Listener,
): Promise<FinalGeneration> => {
  const { timeout } = options
  const timeoutMs = timeout === undefined ? undefined : timeout * 1000
  try {
    const { signal } = session.shell
    return await session.pika.waitFor(id, { signal, timeoutMs, onUpdate: show })
  } catch (error) {
    if (error instanceof Interrupted) throw await lastWords(session, id, error, options, say)
    if (!(error instanceof PikaError) || error.code !== 'timeout') throw error
    const { generation } = error
    const message = `${id} has not ended after ${timeout} s; it continues`
    throw new PikaError('timeout', message, generation && { generation })
  }
}

/** Outputs the result of an ended generation. @throws {PikaError} if it has no video */
export const handOver = async (session: Session, ended: FinalGeneration, target?: Output) => {
  const { shell, wantsJson, printJson, tick, hint, done } = session
  if (ended.status !== 'completed') {
    if (wantsJson) printJson(ended)
    throw endedWithout(ended)
  }
  tick(`completed in ${duration(tookMs(ended) ?? 0)} · ${costWords(ended)}`)
  if (target !== undefined) return deliver(session, ended, target)
  done(ended, ended.video.url)
  if (!wantsJson && shell.stdout.isTTY === true) hint(`pika-edge download ${ended.id}`)
}

export const deliver = async (session: Session, ended: CompletedGeneration, target: Output) => {
  const { shell, tick, done } = session
  if (target === STDOUT) return pipeVideo(ended, shell)
  const { path, bytes } = await saveVideo(ended, target, shell.signal)
  tick(`saved, ${Math.ceil(bytes / 1024)} kB`)
  done({ ...ended, saved_to: path }, path)
}

/** How long to wait for fal's verdict, which usually takes a second or two. */
const MAX_VERDICT_MS = 8000

/** After Ctrl-C: the generation continues, unless it is to be canceled. */
const lastWords = async (
  { api, pika }: Session,
  id: string,
  { exitCode }: Interrupted,
  { cancelOnInterrupt }: Following,
  say: Listener['say'],
): Promise<Interrupted> => {
  const words = (...lines: readonly string[]) => new Interrupted(exitCode, lines)
  const comeBack = `To come back: pika-edge watch ${id}`
  if (cancelOnInterrupt !== true) return words(`The generation continues. ${comeBack}`)
  say('canceling …')
  const { cancel } = api.generations[':id']
  // The signal has aborted already, so these calls do without it. Their own time limits end them.
  const tried = await tryCall((init) => cancel.$post({ param: { id } }, init), undefined)
  if (tried.refusal !== undefined) {
    return words(`It could not be canceled: ${tried.refusal.error.message}`, comeBack)
  }
  const latest: Generation = await pika
    .waitFor(id, { timeoutMs: MAX_VERDICT_MS })
    .catch(() => tried.answer.body)
  return latest.finished_at === null
    ? words(`Cancel requested; fal has not confirmed it yet. To see the end: pika-edge watch ${id}`)
    : words(`${id}: ${statusWords(latest)}, ${costWords(latest)}`)
}

/** Waits for a generation, shows its progress, and outputs the result. */
import {
  type CompletedGeneration,
  type FinalGeneration,
  type Generation,
  PikaError,
} from '../client/index.ts'
import { endedWithout } from '../client/wait.ts'
import { costWords, duration } from '../contract/words.ts'
import { tryCall } from './calls.ts'
import { usageError } from './exit-codes.ts'
import { Interrupted } from './interrupt.ts'
import { createProgress, type Progress } from './progress.ts'
import { pipeVideo, planTarget, saveVideo, STDOUT, type Target } from './save-video.ts'
import type { Session } from './session.ts'
import { statusWords, tookMs } from './words.ts'

export interface FollowOptions {
  readonly out?: string | undefined
  readonly force?: true | undefined
  readonly timeout?: number | undefined
  readonly cancelOnInterrupt?: true | undefined
}

/** Checks where the result will go, before anything is sent. */
export const planFollowing = ({ wantsJson, shell }: Session, { out, force }: FollowOptions) => {
  if (out === '-' && wantsJson) throw usageError('--json and --out - would both write to stdout')
  return out === undefined ? undefined : planTarget(out, force === true, shell)
}

/** @throws {PikaError} if there is no video */
export const follow = async (
  session: Session,
  generation: Generation,
  target: Target | 'stdout' | undefined,
  options: FollowOptions,
): Promise<void> => {
  const { shell, wantsJson } = session
  const startedMs = Date.parse(generation.created_at)
  const progress = createProgress(shell, wantsJson, { startedMs, words: 'following' })
  progress.expect(generation)
  const ended = await waitForEnd(session, generation.id, options, progress).finally(progress.end)
  await handOver(session, ended, target)
}

export type Listener = Pick<Progress, 'show' | 'say'>

/** @throws {Interrupted} saying how to resume watching */
export const waitForEnd = async (
  session: Session,
  id: string,
  { timeout, cancelOnInterrupt }: FollowOptions,
  { show, say }: Listener,
): Promise<FinalGeneration> => {
  const timeoutMs = timeout === undefined ? undefined : timeout * 1000
  try {
    return await session.pika.waitFor(id, {
      signal: session.shell.signal,
      timeoutMs,
      onUpdate: show,
    })
  } catch (error) {
    if (error instanceof Interrupted)
      throw await lastWords(session, id, error, cancelOnInterrupt, say)
    if (!(error instanceof PikaError) || error.code !== 'timeout') throw error
    const { generation } = error
    const message = `${id} has not ended after ${timeout} s; it continues`
    throw new PikaError('timeout', message, generation && { generation })
  }
}

/** Outputs the result of an ended generation. @throws {PikaError} if it has no video */
export const handOver = async (
  session: Session,
  ended: FinalGeneration,
  target: Target | 'stdout' | undefined,
): Promise<void> => {
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

/** Saves or pipes the video. */
export const deliver = async (
  { shell, tick, done }: Session,
  generation: CompletedGeneration,
  target: Target | 'stdout',
): Promise<void> => {
  if (target === STDOUT) return pipeVideo(generation, shell)
  const { path, bytes } = await saveVideo(generation, target, shell.signal)
  tick(`saved, ${Math.ceil(bytes / 1024)} kB`)
  done({ ...generation, saved_to: path }, path)
}

/** After Ctrl-C: the generation continues, unless `cancelIt` is set. */
export const lastWords = async (
  session: Session,
  id: string,
  { exitCode }: Interrupted,
  cancelIt: true | undefined,
  say: Listener['say'],
): Promise<Interrupted> => {
  const words = (...lines: readonly string[]) => new Interrupted(exitCode, lines)
  const comeBack = `To come back: pika-edge watch ${id}`
  if (cancelIt !== true) return words(`The generation continues. ${comeBack}`)
  say('canceling …')
  const answer = await cancelOnce(session, id)
  if (answer instanceof PikaError) {
    return words(`It could not be canceled: ${answer.message}`, comeBack)
  }
  return answer.finished_at === null
    ? words(`Cancel requested; fal has not confirmed it yet. To see the end: pika-edge watch ${id}`)
    : words(`${id}: ${statusWords(answer)}, ${costWords(answer)}`)
}

/** How long to wait for fal's verdict, which usually takes a second or two. */
const MAX_VERDICT_MS = 8000

/** The signal has aborted already, so these calls do without it. Their own time limits end them. */
const cancelOnce = async ({ api, pika }: Session, id: string): Promise<Generation | PikaError> => {
  const { cancel } = api.generations[':id']
  const { answer, refusal } = await tryCall(cancel.$post, { param: { id } }, undefined)
  if (refusal !== undefined) return refusal.error
  return pika.waitFor(id, { timeoutMs: MAX_VERDICT_MS }).catch(() => answer.body)
}

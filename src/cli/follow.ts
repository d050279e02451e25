/** Waits for a generation, and outputs the result. */
import {
  type CompletedGeneration,
  type FinalGeneration,
  type Generation,
  PikaError,
} from '../client/index.ts'
import { endedWithout } from '../client/wait.ts'
import { costWords, duration } from '../contract/words.ts'
import { tryCall } from './calls.ts'
import { Interrupted } from './interrupt.ts'
import type { Progress } from './progress.ts'
import { type OutputOptions, pipeVideo, saveVideo, STDOUT, type Target } from './save-video.ts'
import type { Session } from './session.ts'
import { statusWords, tookMs } from './words.ts'

export interface FollowOptions extends OutputOptions {
  readonly timeout?: number | undefined
  readonly cancelOnInterrupt?: true | undefined
}

export type Listener = Pick<Progress, 'show' | 'say'>

/** @throws {Interrupted} saying how to resume watching */
export const waitForEnd = async (
  session: Session,
  id: string,
  options: FollowOptions,
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
export const handOver = async (
  session: Session,
  ended: FinalGeneration,
  target: Target | typeof STDOUT | undefined,
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
  target: Target | typeof STDOUT,
): Promise<void> => {
  if (target === STDOUT) return pipeVideo(generation, shell)
  const { path, bytes } = await saveVideo(generation, target, shell.signal)
  tick(`saved, ${Math.ceil(bytes / 1024)} kB`)
  done({ ...generation, saved_to: path }, path)
}

/** How long to wait for fal's verdict, which usually takes a second or two. */
const MAX_VERDICT_MS = 8000

/** After Ctrl-C: the generation continues, unless it is to be canceled. */
export const lastWords = async (
  { api, pika }: Session,
  id: string,
  { exitCode }: Interrupted,
  { cancelOnInterrupt }: FollowOptions,
  say: Listener['say'],
): Promise<Interrupted> => {
  const words = (...lines: readonly string[]) => new Interrupted(exitCode, lines)
  const comeBack = `To come back: pika-edge watch ${id}`
  if (cancelOnInterrupt !== true) return words(`The generation continues. ${comeBack}`)
  say('canceling …')
  const { $post } = api.generations[':id'].cancel
  // The signal has aborted already, so these calls do without it. Their own time limits end them.
  const { answer, refusal } = await tryCall($post, { param: { id } }, undefined)
  if (refusal !== undefined) {
    return words(`It could not be canceled: ${refusal.error.message}`, comeBack)
  }
  const latest: Generation = await pika
    .waitFor(id, { timeoutMs: MAX_VERDICT_MS })
    .catch(() => answer.body)
  return latest.finished_at === null
    ? words(`Cancel requested; fal has not confirmed it yet. To see the end: pika-edge watch ${id}`)
    : words(`${id}: ${statusWords(latest)}, ${costWords(latest)}`)
}

/** Waits for a generation, shows its progress, and outputs the result. */
import { type FinalGeneration, type Generation, PikaError } from '../client/index.ts'
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
    throw new PikaError('timeout', message, generation === undefined ? {} : { generation })
  }
}

/** Outputs the result of an ended generation. @throws {PikaError} if it has no video */
export const handOver = async (
  session: Session,
  ended: FinalGeneration,
  target: Target | 'stdout' | undefined,
): Promise<void> => {
  const { shell, wantsJson, note, print, printJson, paint } = session
  if (ended.status !== 'completed') {
    if (wantsJson) printJson(ended)
    throw endedWithout(ended)
  }
  note(
    `${paint.err('green', '✔')} completed in ${duration(tookMs(ended) ?? 0)} · ${costWords(ended)}`,
  )
  if (target === STDOUT) return pipeVideo(ended, shell)
  if (target === undefined) {
    if (wantsJson) return printJson(ended)
    print(ended.video.url)
    if (shell.stdout.isTTY === true) note(paint.err('dim', `pika-edge download ${ended.id}`))
    return
  }
  const saved = await saveVideo(ended, target, shell.signal)
  note(`${paint.err('green', '✔')} saved, ${Math.ceil(saved.bytes / 1024)} kB`)
  if (wantsJson) printJson({ ...ended, saved_to: saved.path })
  else print(saved.path)
}

/** After Ctrl-C: the generation continues, unless `cancelIt` is set. */
export const lastWords = async (
  session: Session,
  id: string,
  { exitCode }: Interrupted,
  cancelIt: true | undefined,
  say: Listener['say'],
): Promise<Interrupted> => {
  const comeBack = `pika-edge watch ${id}`
  if (cancelIt !== true) {
    return new Interrupted(exitCode, [`The generation continues. To come back: ${comeBack}`])
  }
  say('canceling …')
  const answer = await cancelOnce(session, id)
  if (answer instanceof PikaError) {
    return new Interrupted(exitCode, [
      `It could not be canceled: ${answer.message}`,
      `To come back: ${comeBack}`,
    ])
  }
  return new Interrupted(exitCode, [
    answer.finished_at === null
      ? `Cancel requested; fal has not confirmed it yet. To see the end: ${comeBack}`
      : `${id}: ${statusWords(answer)}, ${costWords(answer)}`,
  ])
}

/** How long to wait for fal's verdict, which usually takes a second or two. */
const MAX_VERDICT_MS = 8000

/** The signal has aborted already, so these calls do without it. Their own time limits end them. */
const cancelOnce = async ({ api, pika }: Session, id: string): Promise<Generation | PikaError> => {
  const { answer, refusal } = await tryCall(
    (options) => api.generations[':id'].cancel.$post({ param: { id } }, options),
    undefined,
  )
  if (refusal !== undefined) return refusal.error
  return pika.waitFor(id, { timeoutMs: MAX_VERDICT_MS }).catch(() => answer.body)
}

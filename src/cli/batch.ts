/** Makes many videos. Each is paid for once, even if the same batch runs again. */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ClientRequestOptions } from 'hono/client'
import { type Generation, type GenerationRequest, PikaError } from '../client/index.ts'
import { endedWithout, hasEnded } from '../client/wait.ts'
import { generationRequest } from '../contract/input.ts'
import { usd } from '../contract/words.ts'
import { countBy, documentOf, type Job, lineOf, type Outcome, tally } from './batch-report.ts'
import { spend } from './calls.ts'
import { CliError, exitCodeOf, Interrupted, usageError } from './exit-codes.ts'
import { type Listener, waitForEnd } from './follow.ts'
import type { Following } from './options.ts'
import { createProgress } from './progress.ts'
import { confirm } from './questions.ts'
import { planTarget, saveVideo, STDOUT, type Target } from './save-video.ts'
import type { Session } from './session.ts'
import { tell } from './tell.ts'

interface BatchOptions extends Following {
  readonly batchId?: string | undefined
  readonly concurrency: number
  /** How many videos to make of each request. */
  readonly count: number
  readonly yes?: true | undefined
}

/** After one of these errors, the gateway would refuse the other jobs too. */
const FATAL = new Set(['over_budget', 'unauthorized', 'missing_scope', 'switched_off', 'network'])
/** A request that fails this often, with nothing paid, will not succeed. */
const MAX_ATTEMPTS = 20

/** @throws {CliError} if not all of them have a video */
export const payMany = async (
  session: Session,
  each: readonly GenerationRequest[],
  options: BatchOptions,
): Promise<void> => {
  const { shell, wantsJson, note, print, printJson } = session
  const { count, out, idempotencyKey, batchId = randomBytes(6).toString('hex') } = options
  if (idempotencyKey !== undefined)
    throw usageError('with --count or --batch, use --batch-id instead of --idempotency-key')
  const folder = out === undefined || out === '-' ? {} : { out: `${out}/` }
  const target = planTarget(session, { ...options, ...folder })
  if (target === STDOUT) throw usageError('many videos need a folder: --out videos/')
  const requests = each.flatMap((request) => Array.from({ length: count }, () => request))
  const jobs = keyed(batchId, requests)
  await agreeToTotal(session, jobs, options.yes)
  const again = `the same command with --batch-id ${batchId} pays only for what is missing`
  note(`batch ${batchId}: ${again}`)

  const progress = createProgress(session, 'sending')
  let end: PikaError | undefined
  // On a terminal, printing them earlier would break the progress line.
  const later: string[] = []
  // All workers share it: each takes the next job.
  const queue = jobs.entries()
  const work = async (): Promise<void> => {
    for (const [index, job] of queue) {
      if (end !== undefined) return
      const show = (state: string | undefined) => {
        job.state = state
        progress.set(tally(jobs))
      }
      show('sending')
      const outcome = await makeOne(session, job, target, options, {
        say: progress.say,
        show: (event) => 'generation' in event && show(event.generation.status),
      })
      job.outcome = outcome
      const { generation, savedTo, error } = outcome
      if (FATAL.has(error?.code ?? '')) end ??= error
      progress.say(`${index + 1}/${jobs.length} ${lineOf(session, job.request, outcome)}`)
      show(undefined)
      if (wantsJson || error !== undefined) continue
      const line = options.wait === false ? generation.id : (savedTo ?? generation.video?.url ?? '')
      if (shell.stdout.isTTY === true) later.push(line)
      else print(line)
    }
  }
  const workers = await Promise.allSettled(Array.from({ length: options.concurrency }, work))
  progress.end()
  later.forEach(print)
  if (wantsJson) printJson(documentOf(batchId, jobs))
  const broken = workers.find((each) => each.status === 'rejected')
  if (broken?.reason instanceof Interrupted) {
    throw new Interrupted(broken.reason.exitCode, [`To continue it: ${again}`])
  }
  if (broken !== undefined) throw broken.reason
  const first = end ?? jobs.flatMap(({ outcome }) => outcome?.error ?? [])[0]
  if (first === undefined) return
  const missing = jobs.filter(({ outcome }) => outcome === undefined || outcome.error !== undefined)
  throw new CliError(exitCodeOf(first.code), `${missing.length} of ${jobs.length} have no video`, [
    ...((end && tell(end, session.address)?.lines) ?? []),
    `To try these again: ${again}`,
  ])
}

/**
 * A key has the request's hash and its occurrence number. An unchanged request keeps its key when
 * lines are moved, added or removed, or --count is raised.
 */
const keyed = (batchId: string, requests: readonly GenerationRequest[]): Job[] => {
  const seen = new Map<string, number>()
  return requests.map((request) => {
    const { metadata = {}, ...input } = generationRequest.parse(request)
    const pairs = Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1))
    const asked = JSON.stringify([input, pairs])
    const hash = createHash('sha256').update(asked).digest('hex').slice(0, 16)
    const count = (seen.get(hash) ?? 0) + 1
    seen.set(hash, count)
    return { request, key: `${batchId}.${hash}.${count}` }
  })
}

/** Asks the user to agree to the total cost, before anything is sent. */
const agreeToTotal = async (session: Session, jobs: readonly Job[], isAgreed?: true) => {
  const { ask, api, note } = session
  const kindOf = ({ request: { resolution, duration } }: Job) =>
    JSON.stringify({ prompt: 'Any prompt', resolution, duration })
  let total = 0
  let left = Infinity
  for (const [kind, times] of countBy(jobs.map(kindOf))) {
    const json: GenerationRequest = JSON.parse(kind)
    const { cost, limits } = await ask(api.generations.estimate.$post, { json })
    total += cost.estimated_usd * times
    left = Math.min(left, ...limits.map((limit) => limit.left_usd))
  }
  const short = total > left ? `, and the budget has ${usd(left)} left` : ''
  const words = `${jobs.length} videos cost ${usd(total)} at most${short}`
  if (isAgreed === true) note(words)
  else await confirm(session, `${words}. Continue?`)
}

/** Makes one video. Skips the attempts of earlier runs that failed with nothing paid. */
const makeOne = async (
  session: Session,
  { request: json, key }: Job,
  target: Target | undefined,
  options: BatchOptions,
  listener: Listener,
): Promise<Outcome> => {
  const { api, ask, shell } = session
  for (let attempt = 1; ; attempt++) {
    let isReplayed = false
    let generation: Generation | null = null
    const send = async (init: ClientRequestOptions) => {
      const response = await api.generations.$post({ json }, init)
      isReplayed = response.headers.get('idempotent-replayed') === 'true'
      return response
    }
    try {
      const sent = await spend(listener.say, `${key}.${attempt}`, shell.signal, send)
      generation = sent.body
      if (options.wait === false) return { generation }
      if (!hasEnded(generation)) {
        generation = await waitForEnd(session, generation.id, options, listener)
      }
      if (generation.status !== 'completed') throw endedWithout(generation)
      if (target === undefined) return { generation }
      const savedTo = join(target.folder, `${generation.id}.mp4`)
      // The id is its name, so a file that exists already is the same video.
      if (!existsSync(savedTo)) await saveVideo(generation, target, shell.signal)
      return { generation, savedTo }
    } catch (error) {
      if (!(error instanceof PikaError)) throw error
      const id = error.problem?.generation_id
      if (generation === null && id !== undefined && error.code !== 'unavailable') {
        generation = await ask(api.generations[':id'].$get, { param: { id } })
      }
      const isFree = generation?.cost.state === 'released'
      if (!isReplayed || !isFree || attempt === MAX_ATTEMPTS) return { generation, error }
    }
  }
}

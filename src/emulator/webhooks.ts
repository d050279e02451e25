/** Plans webhooks, signs each attempt, and retries until the result is forgotten. */
import type { Agenda } from './agenda.ts'
import type { Clock } from './clock.ts'
import { createDeferred } from './deferred.ts'
import type { Deferred } from './deferred.ts'
import { kindsOf, post } from './delivery.ts'
import type { Delivery } from './delivery.ts'
import { RESULT_KEPT_MS, endingOf, wasCancelled } from './jobs.ts'
import type { Job } from './jobs.ts'
import type { Settings } from './settings.ts'
import { createSigner } from './signatures.ts'
import type { Signer } from './signatures.ts'
import { webhookBody } from './webhook-body.ts'

export const USER_ID = 'emulator-user'
const OTHER_USER_ID = 'another-user'
/** Twice what fal asks receivers to tolerate. */
const STALE_BY_SECONDS = 600
const MAX_RETRY_MS = 10 * 60 * 1000
const FINAL = new Set<Delivery['state']>(['acknowledged', 'refused', 'expired', 'lost'])

export interface Webhooks {
  /** Plans a job's hooks for its end; planning again, after a cancel, moves them. */
  plan(job: Job): Promise<void>
  /** Resolves once a hook of the job has been answered, or was lost. */
  answered(requestId: string): Promise<void>
  list(): readonly Delivery[]
  of(job: Job): Delivery[]
  /** Continues the deliveries of an earlier process; unanswered ones are sent again. */
  restore(job: Job, deliveries: Delivery[]): void
  /** Resolves once every due delivery is signed, and so held or on its way. */
  signed(): Promise<void>
  /** Records what a test got for a held delivery; false if no such delivery is held. */
  acknowledge(id: string, status: number): boolean
  clear(): void
}

interface WebhooksOptions {
  clock: Clock
  agenda: Agenda
  settings: () => Settings
  signer: () => Signer
  deliver: (request: Request) => Promise<Response>
  newId: () => string
  /** Aborted when the emulator forgets everything or closes. */
  ended: () => AbortSignal
  fileBytes: (job: Job) => Promise<number | undefined>
  /** Called when a delivery of the job has been answered, was lost or has failed. */
  answered: (job: Job) => void
}

interface Planned {
  job: Job
  delivery: Delivery
  takeBack: () => void
}

export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { clock, agenda, settings, newId } = options
  const forger = createSigner()
  let planned: Planned[] = []
  let firstAnswers = new Map<string, Deferred>()
  let signing = 0

  async function plan(job: Job): Promise<void> {
    for (const { takeBack } of planned.filter((one) => one.job === job)) takeBack()
    planned = planned.filter((one) => one.job !== job || one.delivery.state !== 'scheduled')
    if (job.webhookUrl === undefined) return
    if (wasCancelled(job) && job.markers.cancelWebhook !== true) return
    const fileBytes = await options.fileBytes(job)
    const dueAtMs = endingOf(job).endsAtMs + (job.markers.webhookLateMs ?? 0)
    for (const kind of kindsOf(job.markers.webhooks ?? [])) {
      const namedRequestId = kind === 'wrong_id' ? newId() : job.requestId
      const delivery: Delivery = {
        id: newId(),
        requestId: job.requestId,
        namedRequestId,
        url: job.webhookUrl,
        kind,
        state: 'scheduled',
        dueAtMs,
        headers: {},
        body: webhookBody(job, namedRequestId, fileBytes),
        attempts: [],
      }
      add(job, delivery)
    }
  }

  function add(job: Job, delivery: Delivery): void {
    const entry: Planned = { job, delivery, takeBack: () => undefined }
    planned.push(entry)
    schedule(entry)
  }

  function schedule(entry: Planned): void {
    entry.takeBack = agenda.at(entry.delivery.dueAtMs, async () => attempt(entry))
  }

  async function attempt(entry: Planned): Promise<void> {
    const { job, delivery } = entry
    if (delivery.kind === 'lost' || settings().webhooks === 'off') {
      delivery.state = 'lost'
      options.answered(job)
      firstAnswer(job.requestId).resolve()
      return
    }
    // In here, so that the forgery is answered before the true hook goes out.
    if (delivery.kind === 'forged_first' && delivery.attempts.length === 0) {
      const forgery: Delivery = { ...delivery, id: newId(), kind: 'forged', attempts: [] }
      const forged: Planned = { job, delivery: forgery, takeBack: () => undefined }
      planned.splice(planned.indexOf(entry), 0, forged)
      await attempt(forged)
    }
    signing += 1
    delivery.headers = await sign(delivery).finally(() => (signing -= 1))
    if (settings().webhooks === 'hold') {
      delivery.state = 'held'
      return
    }
    delivery.state = 'sending'
    const ended = options.ended()
    const timeoutMs = settings().webhookTimeoutMs
    const answer = await post(delivery, { deliver: options.deliver, timeoutMs, ended })
    if (!ended.aborted) settle(entry, answer)
  }

  async function sign(delivery: Delivery): Promise<Record<string, string>> {
    const { kind, body, namedRequestId } = delivery
    const nowSeconds = Math.floor(clock.nowMs() / 1000)
    return (kind === 'forged' ? forger : options.signer()).sign({
      requestId: namedRequestId,
      userId: kind === 'other_user' ? OTHER_USER_ID : USER_ID,
      timestampSeconds: kind === 'stale' ? nowSeconds - STALE_BY_SECONDS : nowSeconds,
      body,
    })
  }

  /** @param answer the receiver's status, or why there was none */
  function settle(entry: Planned, answer: number | string): void {
    const { job, delivery } = entry
    const atMs = clock.nowMs()
    const isStatus = typeof answer === 'number'
    delivery.attempts.push({ atMs, ...(isStatus ? { status: answer } : { error: answer }) })
    firstAnswer(job.requestId).resolve()
    if (isStatus && answer < 400) {
      delivery.state = answer < 300 ? 'acknowledged' : 'refused'
      options.answered(job)
      return
    }
    const pauseMs = settings().webhookRetryMs * 2 ** (delivery.attempts.length - 1)
    // At least 1 ms, or a frozen clock would never get past the retries.
    delivery.dueAtMs = atMs + Math.min(Math.max(pauseMs, 1), MAX_RETRY_MS)
    const isOver = delivery.dueAtMs >= endingOf(job).endsAtMs + RESULT_KEPT_MS
    delivery.state = isOver ? 'expired' : 'retrying'
    options.answered(job)
    if (!isOver) schedule(entry)
  }

  async function signed(): Promise<void> {
    void agenda.runDue()
    do await new Promise((resolve) => setTimeout(resolve, 0))
    while (signing > 0)
  }

  function firstAnswer(requestId: string): Deferred {
    const answer = firstAnswers.get(requestId) ?? createDeferred()
    firstAnswers.set(requestId, answer)
    return answer
  }

  return {
    plan,
    answered: async (requestId) => firstAnswer(requestId).promise,
    list: () => planned.map(({ delivery }) => delivery),
    of: (job) => planned.filter((one) => one.job === job).map(({ delivery }) => delivery),
    restore(job, deliveries) {
      for (const delivery of deliveries) {
        if (FINAL.has(delivery.state)) {
          planned.push({ job, delivery, takeBack: () => undefined })
        } else add(job, { ...delivery, state: 'scheduled' })
      }
    },
    signed,
    acknowledge(id, status) {
      const entry = planned.find(({ delivery }) => delivery.id === id && delivery.state === 'held')
      if (entry === undefined) return false
      settle(entry, status)
      return true
    },
    clear() {
      for (const answer of firstAnswers.values()) answer.resolve()
      firstAnswers = new Map()
      planned = []
    },
  }
}

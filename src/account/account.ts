/** One account's Durable Object: decides about its generations, stores them and keeps time. */
import { DurableObject } from 'cloudflare:workers'
import type { FalBilling, FalHistory } from '../adapters/fal-platform.ts'
import type { FalQueue } from '../adapters/fal-queue.ts'
import type { AccountApi, AdmitRequest, Hook, RetryRequest } from '../domain/account.ts'
import { createBills } from './billing/bills.ts'
import { type Clock, createClock } from './clock.ts'
import { type Core, createCore } from './core.ts'
import { createDirectoryNews } from './directory-news.ts'
import { createDeletion } from './deletion/deletion.ts'
import { createAccountLog } from './events/log.ts'
import { type CopyVideo, createArchive } from './archive/archive.ts'
import { createRetention } from './deletion/retention.ts'
import { type AdmissionsPolicy, createAdmissions } from './generations/admissions.ts'
import { createFalBreaker } from './generations/breaker.ts'
import { createDueGenerations, createUnsent, lookWhileWatched } from './generations/due.ts'
import { createFalUser } from './generations/fal-user.ts'
import { createGenerations, type Generations } from './generations/generations.ts'
import { createListeners } from './generations/listeners.ts'
import { createLooker } from './generations/looker.ts'
import { createStreams, type Streams } from './generations/streams.ts'
import { createGenerationsRpc } from './generations/rpc.ts'
import { createSubmitter, type Signer } from './generations/submitter.ts'
import { createHistoryReading } from './history/reading.ts'
import { createHistorySearch, type OwnerOf } from './history/search.ts'
import { createKeys, createKeysRpc } from './keys.ts'
import { migrate } from './migrations.ts'
import type { Deliver } from './outbox.ts'
import { createPlatform } from './platform.ts'
import { createDueSchedules } from './schedules/due.ts'
import { createSchedules, createSchedulesRpc } from './schedules/schedules.ts'
import { createScheduleStore } from './schedules/store.ts'
import { createSettingsRpc } from './settings-rpc.ts'
import { createDeliveries, createWebhooksRpc, type SendWebhook } from './webhooks/deliveries.ts'
import { hourly } from './timed.ts'
import { createThresholds } from './webhooks/thresholds.ts'

/** Everything an account reaches outside itself. */
export interface AccountWorld extends AdmissionsPolicy, Signer {
  readonly fal: FalQueue
  readonly history: FalHistory
  /** Reads what fal charged; null without a billing key. */
  readonly bills: FalBilling | null
  readonly ownerOf: OwnerOf
  readonly deliver: Deliver
  readonly sendWebhook: SendWebhook
  /** Null without an archive. */
  readonly copyVideo: CopyVideo | null
  /** Generations are deleted this long after their end; null keeps them. */
  readonly retentionDays: number | null
  /** How many generations may be at fal at once; the rest wait here, oldest first. */
  readonly maxAtFal: number
}

/**
 * The most frequent calls are methods of the object itself; the others belong to a capability.
 * `stub.schedules.create(…)` in one expression is one round trip. Never await or keep
 * `stub.schedules`: that is a second round trip, and a stub to dispose of.
 */
export class AccountObject extends DurableObject<unknown> implements AccountApi {
  readonly #core: Core
  readonly #calls: Generations
  readonly #streams: Streams
  readonly #clock: Clock
  readonly #rpc: Pick<AccountApi, 'generations' | 'schedules' | 'webhooks' | 'keys' | 'settings'>

  constructor(ctx: DurableObjectState, env: unknown, world: AccountWorld) {
    super(ctx, env)
    migrate(ctx.storage)
    const { fal, accepts, bills: falBilling, copyVideo, retentionDays } = world
    const core = createCore(ctx.storage, world.deliver, accepts ? world.maxAtFal : 0)

    const keys = createKeys(core)
    const breaker = createFalBreaker(core, fal)
    const listeners = createListeners(core, breaker)
    const falUser = createFalUser(core)
    const history = createPlatform(core, 'history')
    const reading = createHistoryReading(history, world.history)
    const looker = createLooker(core, fal, reading, listeners, falUser)
    lookWhileWatched(core, looker, listeners)
    const billing = createPlatform(core, 'billing')
    const bills = createBills(core, billing, falBilling)
    const search = createHistorySearch(core, reading, world.ownerOf, looker)
    const submitter = createSubmitter(core, fal, breaker, world, looker)
    const log = createAccountLog(core.sql)
    const deliveries = createDeliveries(core, log, world.sendWebhook)
    const thresholds = createThresholds(core, deliveries)
    const admissions = createAdmissions(core, keys, submitter, thresholds, world)
    const unsent = createUnsent(core)
    const dueGenerations = createDueGenerations(core, looker, submitter)
    const archive = createArchive(core, copyVideo)
    const deletion = createDeletion(core, log, archive, deliveries)
    const generations = createGenerations(core, admissions, looker, listeners, submitter, falUser)
    const streams = createStreams(core, listeners, keys, log)

    const stored = createScheduleStore(core.sql)
    const scheduling = { schedules: stored, admissions, deliveries }
    const schedules = createSchedules(core, scheduling)
    const dueSchedules = createDueSchedules(core, scheduling)

    // They run in this order: slots cannot wait, pruning can.
    const sooner = [unsent, dueSchedules, breaker, dueGenerations, submitter]
    const agendas = [
      search.agenda,
      ...(falBilling === null ? [] : [bills.agenda]),
      ...(copyVideo === null ? [] : [archive.agenda]),
    ]
    const pruned = [admissions.idempotencyKeys, log].map(({ prune }) => hourly(prune))
    const timed = [...sooner, deliveries, ...agendas, generations.orphans, ...pruned]
    const news = createDirectoryNews(core, timed, breaker, falUser, history, billing)
    const retention = createRetention(core, deletion, retentionDays)
    const clock = createClock(core, news, timed, [retention])
    core.journal.join(schedules, breaker, search, bills, listeners, looker, submitter)
    core.journal.join(archive, news, deliveries, streams, clock)
    keys.join(schedules, unsent, streams, deliveries.endpoints)

    const asking = [fal, reading, looker, listeners, breaker] as const
    this.#core = core
    this.#calls = generations
    this.#streams = streams
    this.#clock = clock
    this.#rpc = {
      generations: createGenerationsRpc(core, ...asking, admissions, generations, deletion, log),
      schedules: createSchedulesRpc(schedules, generations),
      webhooks: createWebhooksRpc(deliveries),
      keys: createKeysRpc(core, keys, clock),
      settings: createSettingsRpc(core, admissions, world, dueSchedules),
    }
    void ctx.blockConcurrencyWhile(() => clock.recallAlarm())
  }

  get generations() {
    return this.#rpc.generations
  }

  get schedules() {
    return this.#rpc.schedules
  }

  get webhooks() {
    return this.#rpc.webhooks
  }

  get keys() {
    return this.#rpc.keys
  }

  get settings() {
    return this.#rpc.settings
  }

  async admit(request: AdmitRequest) {
    return this.#calls.admit(request)
  }

  async retry(request: RetryRequest) {
    return this.#calls.retry(request)
  }

  async get(id: string) {
    return this.#calls.get(id)
  }

  async cancel(id: string) {
    return this.#calls.cancel(id)
  }

  async events(id: string, afterSeq: number) {
    return this.#calls.events(id, afterSeq)
  }

  async hookOfOwn(hook: Hook): Promise<boolean> {
    return this.#calls.hookOfOwn(hook)
  }

  async hook(hook: Hook): Promise<'taken' | 'ignored'> {
    return this.#calls.hook(hook)
  }

  async runDue(scheduledMs: number, webhookOrigin: string | null): Promise<void> {
    this.#core.meta.noteWebhookOrigin(webhookOrigin)
    await this.#clock.runDue(scheduledMs)
  }

  override async alarm(): Promise<void> {
    await this.#clock.runDue(0)
  }

  override async fetch(request: Request): Promise<Response> {
    return this.#streams.open(request)
  }
}

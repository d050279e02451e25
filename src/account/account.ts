/** One account's Durable Object: decides about its generations, stores them and keeps time. */
import { DurableObject } from 'cloudflare:workers'
import type { FalBilling } from '../adapters/fal-billing.ts'
import type { FalHistory } from '../adapters/fal-history.ts'
import type { FalQueue } from '../adapters/fal-queue.ts'
import type {
  AccountApi,
  AdmitRequest,
  AdmitResult,
  CancelResult,
  EventLog,
  Hook,
  RetryRequest,
  RetryResult,
  View,
} from '../domain/account.ts'
import { Bills } from './billing/bills.ts'
import { BusyFlag } from './busy-flag.ts'
import { Clock } from './clock.ts'
import { type Core, createCore } from './core.ts'
import { createDeletion } from './deletion/deletion.ts'
import { AccountLog } from './events/log.ts'
import { Archive, type CopyVideo } from './archive/archive.ts'
import { Retention } from './deletion/retention.ts'
import { Addresses, type Signer } from './generations/addresses.ts'
import { Admissions, type AdmissionsPolicy } from './generations/admissions.ts'
import { FalBreaker } from './generations/breaker.ts'
import { createDueGenerations } from './generations/due.ts'
import { FalUser } from './generations/fal-user.ts'
import { Generations } from './generations/generations.ts'
import { type HookParts, takeHook } from './generations/hook.ts'
import { IdempotencyKeys } from './generations/idempotency.ts'
import { Listeners } from './generations/listeners.ts'
import { Looker } from './generations/looker.ts'
import { OpenStreams } from './generations/open-streams.ts'
import { Orphans } from './generations/orphans.ts'
import { createGenerationsRpc } from './generations/rpc.ts'
import { Submitter } from './generations/submitter.ts'
import { createTroubleTeller } from './generations/troubles.ts'
import { Unsent } from './generations/unsent.ts'
import { lookWhileWatched } from './generations/watches.ts'
import { HistoryReading } from './history/reading.ts'
import { HistorySearch, type OwnerOf } from './history/search.ts'
import { Keys } from './keys.ts'
import { createKeysRpc } from './keys-rpc.ts'
import { migrate } from './migrations.ts'
import type { Deliver } from './outbox.ts'
import { Platform } from './platform.ts'
import { DueSchedules } from './schedules/due.ts'
import { createSchedulesRpc } from './schedules/rpc.ts'
import { Schedules } from './schedules/schedules.ts'
import { ScheduleStore } from './schedules/store.ts'
import { createSettingsRpc } from './settings-rpc.ts'
import { Deliveries, type SendWebhook } from './webhooks/deliveries.ts'
import { createWebhooksRpc } from './webhooks/rpc.ts'
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
  readonly #generations: Generations
  readonly #hooked: HookParts
  readonly #streams: OpenStreams
  readonly #clock: Clock
  readonly #rpc: Pick<AccountApi, 'generations' | 'schedules' | 'webhooks' | 'keys' | 'settings'>

  constructor(ctx: DurableObjectState, env: unknown, world: AccountWorld) {
    super(ctx, env)
    migrate(ctx.storage)
    const { fal, accepts } = world
    const core = createCore(ctx.storage, world.deliver, accepts ? world.maxAtFal : 0)

    const keys = new Keys(core)
    const idempotencyKeys = new IdempotencyKeys(core.sql)
    const breaker = new FalBreaker({ ...core, fal })
    const listeners = new Listeners({ ...core, breaker })
    const falUser = new FalUser(core)
    const history = new Platform(core, 'history')
    const reading = new HistoryReading(history, world.history)
    const looker = new Looker({ ...core, fal, reading, listeners, falUser })
    lookWhileWatched({ ...core, looker, listeners })
    const billing = new Platform(core, 'billing')
    const bills = new Bills({ ...core, platform: billing, billing: world.bills })
    const search = new HistorySearch({ ...core, reading, ownerOf: world.ownerOf, looker })
    const addresses = new Addresses(world)
    const submitter = new Submitter({ ...core, fal, addresses, breaker, looker })
    const log = new AccountLog(core.sql)
    const deliveries = new Deliveries({ ...core, log, send: world.sendWebhook })
    const thresholds = createThresholds({ ...core, deliveries })
    const admitting = { keys, idempotencyKeys, submitter, thresholds, policy: world }
    const admissions = new Admissions({ ...core, ...admitting })
    const unsent = new Unsent(core)
    const dueGenerations = createDueGenerations({ ...core, looker, submitter })
    const archive = new Archive({ ...core, copyVideo: world.copyVideo })
    const deletion = createDeletion({ ...core, log, archive, deliveries })
    const orphans = new Orphans(core)
    const spending = { admissions, orphans, looker, listeners, addresses }
    const generations = new Generations({ ...core, ...spending })
    const streams = new OpenStreams({ ...core, listeners, keys, log })

    const scheduleStore = new ScheduleStore(core.sql)
    const scheduling = {
      ...core,
      schedules: scheduleStore,
      admissions,
      idempotencyKeys,
      deliveries,
    }
    const schedules = new Schedules(scheduling)
    const dueSchedules = new DueSchedules(scheduling)

    // They run in this order: slots cannot wait, pruning can.
    const sooner = [unsent, dueSchedules, breaker, dueGenerations, submitter]
    const agendas = [
      search.agenda,
      ...(world.bills === null ? [] : [bills.agenda]),
      ...(world.copyVideo === null ? [] : [archive.agenda]),
    ]
    const pruned = [idempotencyKeys, log].map((each) => hourly((nowMs) => each.prune(nowMs)))
    const timed = [...sooner, deliveries, ...agendas, orphans, ...pruned]
    const busyFlag = new BusyFlag(core, timed)
    const retention = new Retention({ ...core, deletion, retentionDays: world.retentionDays })
    const clock = new Clock({ ...core, busyFlag, timed, unhurried: [retention] })
    const troubles = createTroubleTeller({ ...core, breaker, falUser, history, billing })
    core.journal.join(schedules, breaker, search, bills, busyFlag, listeners, looker, submitter)
    core.journal.join(archive, troubles, deliveries, streams, clock)
    keys.join(schedules, unsent, streams, deliveries.endpoints)

    this.#core = core
    this.#generations = generations
    this.#hooked = { ...core, looker, falUser }
    this.#streams = streams
    this.#clock = clock
    this.#rpc = {
      generations: createGenerationsRpc({
        ...core,
        admissions,
        keys,
        generations,
        orphans,
        fal,
        reading,
        looker,
        listeners,
        breaker,
        deletion,
        log,
      }),
      schedules: createSchedulesRpc({ ...core, store: scheduleStore, schedules, generations }),
      webhooks: createWebhooksRpc(deliveries),
      keys: createKeysRpc({ ...core, keys, clock }),
      settings: createSettingsRpc({ ...core, admissions, addresses, dueSchedules }),
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

  async admit(request: AdmitRequest): Promise<AdmitResult> {
    this.#core.gate.refill()
    return this.#generations.admit(request)
  }

  async retry(request: RetryRequest): Promise<RetryResult> {
    this.#core.gate.refill()
    return this.#generations.retry(request)
  }

  async get(id: string): Promise<View | null> {
    this.#core.gate.refill()
    return this.#generations.get(id)
  }

  async cancel(id: string): Promise<CancelResult> {
    this.#core.gate.refill()
    return this.#generations.cancel(id)
  }

  async events(id: string, afterSeq: number): Promise<EventLog | null> {
    return this.#generations.events(id, afterSeq)
  }

  async hookOfOwn(hook: Hook): Promise<boolean> {
    const known = this.#core.store.read(hook.generationId)?.record.falRequestId
    return known === hook.falRequestId && (await this.hook(hook)) === 'taken'
  }

  async hook(hook: Hook): Promise<'taken' | 'ignored'> {
    this.#core.gate.refill()
    return takeHook(this.#hooked, hook)
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

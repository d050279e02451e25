/** One account: the object that decides, remembers and keeps time for its generations. */
import { DurableObject } from 'cloudflare:workers'
import type { FalQueue } from '../adapters/fal-queue.ts'
import { isFinal } from '../contract/status.ts'
import type { NormalisedInput } from '../contract/input.ts'
import type { Asked } from '../domain/generation/admission.ts'
import { dayAt, monthOf } from '../domain/zone.ts'
import type { GenerationRecord } from '../domain/generation/generation.ts'
import { type KeyRecord, type KeyState, keyState } from '../domain/key.ts'
import type { ScheduleRecord } from '../domain/schedule/schedule.ts'
import { phaseOf } from '../domain/generation/transition.ts'
import { writeAccountSettings } from './account-settings.ts'
import { Admissions, type AdmissionsPolicy, type Claimed } from './generations/admissions.ts'
import type {
  AccountApi,
  AccountSettings,
  AccountState,
  AdmitRequest,
  AdmitResult,
  CancelResult,
  Estimate,
  EventLog,
  Hook,
  ListRequest,
  ListResult,
  Patience,
  Refused,
  RetryRequest,
  RetryResult,
  StoredKey,
  Usage,
  UsageRequest,
  View,
} from '../domain/account.ts'
import { BusyFlag } from './busy-flag.ts'
import { createGate, type Gate } from './gate.ts'
import { IdempotencyKeys } from './generations/idempotency.ts'
import { Journal } from './generations/journal.ts'
import { Keys } from './keys.ts'
import { Ledger } from './generations/ledger.ts'
import { Looker } from './generations/looker.ts'
import { migrate } from './migrations.ts'
import { NewsDesk } from './generations/listeners.ts'
import { type Deliver, Outbox } from './outbox.ts'
import { isDoneWithin } from './patience.ts'
import { Schedules } from './schedules/store.ts'
import type {
  CreateScheduleRequest,
  CreateScheduleResult,
  RunCursor,
  RunScheduleRequest,
  RunsPage,
  SchedulesPage,
  UpdateScheduleRequest,
  UpdateScheduleResult,
} from '../domain/schedule/calls.ts'
import { KeyDesk } from './key-desk.ts'
import { Clock } from './clock.ts'
import { takeHook } from './generations/hook.ts'
import { Views } from './generations/views.ts'
import { ScheduleClock } from './schedules/due.ts'
import { noteEnd, SchedulesDesk } from './schedules/schedules.ts'
import { Store } from './generations/store.ts'
import { StreamDesk } from './generations/stream-desk.ts'
import { encodeEvent, encodeForFal, openStream } from './generations/streams.ts'
import { Submitter } from './generations/submitter.ts'
import { Unsent } from './generations/unsent.ts'

/** Everything an account reaches outside itself. */
export interface AccountWorld extends AdmissionsPolicy {
  readonly fal: FalQueue
  readonly deliver: Deliver
  readonly webhookUrl: (origin: string, accountId: string, generationId: string) => Promise<string>
  /** Generations that may be at fal at a time; the rest wait here, oldest first. */
  readonly maxAtFal: number
}

/** How long a reader waits for the look that it causes. */
const READER_PATIENCE_MS = 1000
const KEY_PATIENCE_MS = 3000
/** Where fal's webhooks come back to, as a request last told. */
const WEBHOOK_ORIGIN = 'webhook_origin'

export class AccountObject extends DurableObject<unknown> implements AccountApi {
  readonly #gate: Gate
  readonly #store: Store
  readonly #keys: Keys
  readonly #admissions: Admissions
  readonly #outbox: Outbox
  readonly #news: NewsDesk
  readonly #journal: Journal
  readonly #submitter: Submitter
  readonly #looker: Looker
  readonly #schedules: Schedules
  readonly #views: Views
  readonly #clock: Clock
  readonly #schedulesDesk: SchedulesDesk
  readonly #keyDesk: KeyDesk
  readonly #streamDesk = new StreamDesk()

  constructor(ctx: DurableObjectState, env: unknown, world: AccountWorld) {
    super(ctx, env)
    migrate(ctx.storage)
    const gate = createGate(() => this.#clock.onSpent())
    this.#gate = gate
    this.#store = new Store(ctx.storage.sql)
    this.#keys = new Keys(ctx.storage.sql)
    const idempotencyKeys = new IdempotencyKeys(ctx.storage.sql)
    const ledger = new Ledger(ctx.storage.sql)
    this.#outbox = new Outbox(ctx.storage.sql, gate, world.deliver)
    const busyFlag = new BusyFlag(this.#store, this.#outbox)
    this.#news = new NewsDesk((id, listening) =>
      listening ? this.#looker.watch(id) : this.#looker.unwatch(id),
    )
    const schedules = new Schedules(ctx.storage.sql)
    this.#schedules = schedules
    this.#journal = new Journal(
      ctx.storage,
      this.#store,
      ledger,
      this.#outbox,
      busyFlag,
      (record, nowMs) => noteEnd(schedules, record, nowMs),
      (news) => {
        this.#news.tell(news)
        if (phaseOf(news.record) === 'settled') this.#looker.forget(news.record.id)
        this.#clock.afterChange()
      },
    )
    const parts = { store: this.#store, journal: this.#journal, gate, fal: world.fal }
    this.#submitter = new Submitter({
      ...parts,
      maxAtFal: () => (world.accepts ? world.maxAtFal : 0),
      webhookUrl: ({ id, accountId }, origin) => world.webhookUrl(origin, accountId, id),
    })
    this.#admissions = new Admissions({
      ...parts,
      ledger,
      keys: this.#keys,
      idempotencyKeys,
      schedules,
      policy: world,
    })
    const scheduling = {
      storage: ctx.storage,
      schedules,
      admissions: this.#admissions,
      journal: this.#journal,
    }
    const scheduleClock = new ScheduleClock({
      ...scheduling,
      webhookOrigin: () => this.#store.meta(WEBHOOK_ORIGIN) ?? null,
    })
    this.#schedulesDesk = new SchedulesDesk({
      ...scheduling,
      idempotencyKeys,
    })
    const unsent = new Unsent(ctx.storage.sql, this.#journal)
    this.#keyDesk = new KeyDesk({
      journal: this.#journal,
      keys: this.#keys,
      outbox: this.#outbox,
      onRevoked: (id) => {
        this.#schedulesDesk.pauseOfKey(id)
        unsent.cancelOfKey(id)
      },
      closeStreams: (id) => this.#streamDesk.closeOfKey(id),
    })
    this.#looker = new Looker({ ...parts, isWatched: (id) => this.#news.hasAudience(id) })
    this.#views = new Views(this.#store, this.#news)
    this.#clock = new Clock({
      ...parts,
      storage: ctx.storage,
      outbox: this.#outbox,
      busyFlag,
      submitter: this.#submitter,
      looker: this.#looker,
      scheduleClock,
      unsent,
      idempotencyKeys,
    })
    void ctx.blockConcurrencyWhile(() => this.#clock.recallAlarm())
  }

  async admit(request: AdmitRequest): Promise<AdmitResult> {
    const claimed = this.#admissions.claimed(request.id, request.idempotency)
    if (claimed !== undefined) return this.#replay(claimed, request.patience)
    const { id, accountId, keyId, input, metadata, webhookOrigin } = request
    const asked = { id, accountId, keyId, input, metadata, webhookOrigin }
    return this.#admit({ ...asked, retryOf: null, scheduleId: null }, request)
  }

  async retry(request: RetryRequest): Promise<RetryResult> {
    const claimed = this.#admissions.claimed(request.id, request.idempotency)
    if (claimed !== undefined) return this.#replay(claimed, request.patience)
    const first = this.#store.read(request.retryOf)?.record
    if (first === undefined) return { type: 'not_found' }
    if (!isFinal(first.status)) return { type: 'still_open' }
    if (first.status === 'completed') return { type: 'not_retryable' }
    if (first.cost.state === 'unknown' && !request.acceptDoubleCharge) {
      return { type: 'outcome_unknown' }
    }
    const { id, accountId, keyId, retryOf, webhookOrigin } = request
    const { input, metadata } = first
    const asked = { id, accountId, keyId, input, metadata, retryOf, webhookOrigin }
    return this.#admit({ ...asked, scheduleId: null }, request)
  }

  async get(id: string): Promise<View | null> {
    this.#gate.refill()
    const before = this.#store.read(id)?.record
    if (before === undefined) return null
    if (phaseOf(before) !== 'settled' && before.falRequestId !== null) {
      await isDoneWithin(this.#looker.lookForReader(id), READER_PATIENCE_MS)
    }
    return this.#views.now(before)
  }

  async getByRequest(falRequestId: string): Promise<View | null> {
    const id = this.#store.idOfRequest(falRequestId)
    return id === undefined ? null : this.get(id)
  }

  async list(request: ListRequest): Promise<ListResult> {
    const records = this.#store.list({ ...request, limit: request.limit + 1 })
    return { records: records.slice(0, request.limit), hasMore: records.length > request.limit }
  }

  async cancel(id: string): Promise<CancelResult> {
    this.#gate.refill()
    const before = this.#store.read(id)?.record
    if (before === undefined) return { type: 'not_found' }
    if (before.status === 'canceled') return { type: 'canceled', view: this.#views.of(before) }
    if (isFinal(before.status)) return { type: 'already_final', view: this.#views.of(before) }
    const after = this.#journal.observe(id, [{ type: 'cancel_requested' }], Date.now()) ?? before
    const asksNow = after.cancelAcceptedAtMs === null && after.falRequestId !== null
    const isFirst = before.cancelRequestedAtMs === null
    if (asksNow && (isFirst || this.#looker.isLongSince(id))) {
      await isDoneWithin(this.#looker.cancel(id), READER_PATIENCE_MS)
    }
    return { type: 'requested', view: this.#views.now(after) }
  }

  async events(id: string, afterSeq: number): Promise<EventLog | null> {
    const record = this.#store.read(id)?.record
    if (record === undefined) return null
    return { record, events: this.#store.events(id, afterSeq, Number.MAX_SAFE_INTEGER) }
  }

  async hook(hook: Hook): Promise<'taken' | 'ignored'> {
    this.#gate.refill()
    const parts = { store: this.#store, journal: this.#journal, looker: this.#looker }
    return takeHook(parts, hook)
  }

  async createSchedule(request: CreateScheduleRequest): Promise<CreateScheduleResult> {
    this.#noteOrigin(request.webhookOrigin)
    const result = this.#schedulesDesk.create(request)
    this.#clock.afterChange()
    return result
  }

  async updateSchedule(request: UpdateScheduleRequest): Promise<UpdateScheduleResult> {
    this.#noteOrigin(request.webhookOrigin)
    const result = this.#schedulesDesk.update(request)
    this.#clock.afterChange()
    return result
  }

  async removeSchedule(id: string): Promise<boolean> {
    const removed = this.#schedulesDesk.remove(id)
    this.#clock.afterChange()
    return removed
  }

  async schedule(id: string): Promise<ScheduleRecord | null> {
    return this.#schedules.read(id) ?? null
  }

  async listSchedules(limit: number, beforeId: string | null): Promise<SchedulesPage> {
    return this.#schedulesDesk.list(limit, beforeId)
  }

  async runSchedule(request: RunScheduleRequest): Promise<AdmitResult | { type: 'not_found' }> {
    this.#gate.refill()
    const claimed = this.#admissions.claimed(request.id, request.idempotency)
    if (claimed !== undefined) return this.#replay(claimed, request.patience)
    this.#noteOrigin(request.webhookOrigin)
    const admitted = this.#schedulesDesk.run(request)
    if (admitted === null) return { type: 'not_found' }
    return this.#answer(admitted, request.patience)
  }

  async scheduleRuns(
    id: string,
    limit: number,
    before: RunCursor | null,
  ): Promise<RunsPage | null> {
    return this.#schedulesDesk.runs(id, limit, before)
  }

  async runDue(scheduledMs: number, webhookOrigin: string | null): Promise<void> {
    this.#noteOrigin(webhookOrigin)
    await this.#clock.runDue(scheduledMs)
  }

  override async alarm(): Promise<void> {
    await this.#clock.runDue(0)
  }

  async estimate(keyId: string, input: NormalisedInput): Promise<Estimate> {
    const key = this.#keys.find(keyId)?.record ?? null
    return {
      estimatedMicrousd: this.#admissions.estimateMicrousd(input),
      limits: this.#admissions.limits(key, null, Date.now()),
      open: this.#store.countOpen(),
      maxOpen: this.#admissions.settings().maxOpen,
      accepts: this.#admissions.accepts(),
    }
  }

  async usage(keyId: string, days: UsageRequest): Promise<Usage> {
    const { timeZone } = this.#admissions.settings()
    const to = days.to ?? dayAt(Date.now(), timeZone)
    const from = days.from ?? `${monthOf(to)}-01`
    const key = this.#keys.find(keyId)?.record ?? null
    const limits = this.#admissions.limits(key, null, Date.now())
    return { from, to, timeZone, rows: this.#store.usage(from, to), limits }
  }

  async settings(): Promise<AccountState> {
    return {
      settings: this.#admissions.settings(),
      open: this.#store.countOpen(),
      limits: this.#admissions.limits(null, null, Date.now()),
    }
  }

  async changeSettings(changes: Partial<AccountSettings>): Promise<AccountState> {
    writeAccountSettings(this.#store, changes)
    return this.settings()
  }

  async addKey(record: KeyRecord): Promise<'added' | 'too_many'> {
    this.#gate.refill()
    if (!this.#keyDesk.add(record)) return 'too_many'
    // A key is shown once and used at once, so it is in KV before it is shown.
    await isDoneWithin(this.#clock.settleOutbox(), KEY_PATIENCE_MS)
    return 'added'
  }

  async listKeys(): Promise<StoredKey[]> {
    return this.#keys.list()
  }

  async key(id: string): Promise<StoredKey | null> {
    return this.#keys.find(id) ?? null
  }

  async keyOfHash(hash: string): Promise<KeyRecord | null> {
    return this.#keys.findByHash(hash) ?? null
  }

  async revokeKey(id: string): Promise<StoredKey | null> {
    this.#gate.refill()
    const revoked = this.#keyDesk.revoke(id)
    await isDoneWithin(this.#clock.settleOutbox(), KEY_PATIENCE_MS)
    return revoked ?? null
  }

  async noteKeyUse(id: string): Promise<KeyState | 'unknown'> {
    const nowMs = Date.now()
    const key = this.#keys.find(id)?.record
    if (key === undefined) return 'unknown'
    this.#keys.noteUse(id, nowMs)
    return keyState(key, nowMs)
  }

  override async fetch(request: Request): Promise<Response> {
    const query = new URL(request.url).searchParams
    const id = query.get('id') ?? ''
    const keyId = query.get('key') ?? ''
    if (this.#store.read(id) === undefined) return new Response(null, { status: 404 })
    if (this.#keyDesk.isOver(keyId)) return new Response(null, { status: 401 })
    const afterSeq = Number(query.get('after') ?? 0)
    const encode = query.get('as') === 'fal' ? encodeForFal(query.get('logs') === '1') : encodeEvent
    const full = this.#streamDesk.fullFor(id, keyId)
    if (full !== undefined) return new Response(full, { status: 429 })
    const until = query.get('until')
    const stream = openStream(this.#store, this.#news, id, afterSeq, encode, {
      untilMs: until === null ? Infinity : Number(until),
      register: (close) => this.#streamDesk.note(id, keyId, close),
    })
    if (stream === undefined) return new Response(null, { status: 204 })
    return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
  }

  async #admit(
    asked: Omit<Asked, 'day'>,
    { idempotency, patience }: Pick<AdmitRequest, 'idempotency' | 'patience'>,
  ): Promise<AdmitResult> {
    this.#gate.refill()
    this.#noteOrigin(asked.webhookOrigin)
    return this.#answer(this.#admissions.admit(asked, idempotency), patience)
  }

  async #answer(admitted: GenerationRecord | Refused, patience: Patience): Promise<AdmitResult> {
    if ('type' in admitted) return admitted
    const view = (await this.#views.after(admitted.id, patience)) ?? this.#views.of(admitted)
    return { type: 'admitted', view, replayed: false }
  }

  async #replay(claimed: Claimed, patience: Patience): Promise<AdmitResult> {
    if (claimed.type === 'key_reused') return claimed
    const { generationId, replayed } = claimed
    const view = await this.#views.after(generationId, patience)
    return view === null
      ? { type: 'key_reused', generationId }
      : { type: 'admitted', view, replayed }
  }

  /** Runs of schedules have no request at hand that could tell. */
  #noteOrigin(origin: string | null): void {
    if (origin === null || origin === this.#store.meta(WEBHOOK_ORIGIN)) return
    this.#store.setMeta(WEBHOOK_ORIGIN, origin)
  }
}

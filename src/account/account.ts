/** One account: the object that decides, remembers and keeps time for its generations. */
import { DurableObject } from 'cloudflare:workers'
import { readHookPayload } from '../adapters/fal-answers.ts'
import type { FalQueue } from '../adapters/fal-queue.ts'
import { log, logError } from '../adapters/log.ts'
import { apiKeyKey } from '../adapters/requests-kv.ts'
import { isFinal } from '../contract/status.ts'
import type { NormalisedInput } from '../contract/input.ts'
import { type Asked, expectedSeconds } from '../domain/admission.ts'
import { dayAt, monthOf } from '../domain/calendar.ts'
import { nextDue } from '../domain/due.ts'
import type { GenerationRecord } from '../domain/generation.ts'
import { type KeyRecord, keyState } from '../domain/key.ts'
import type { Observation } from '../domain/observation.ts'
import type { Expected } from '../domain/render.ts'
import type { ScheduleRecord } from '../domain/schedule.ts'
import { phaseOf } from '../domain/transition.ts'
import { writeAccountSettings } from './account-settings.ts'
import { Admissions, type AdmissionsPolicy, type Claimed } from './admissions.ts'
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
} from './api.ts'
import { createGate } from './gate.ts'
import { IdempotencyKeys } from './idempotency-keys.ts'
import { Journal } from './journal.ts'
import { Keys } from './keys.ts'
import { Ledger } from './ledger.ts'
import { Looker } from './looker.ts'
import { migrate } from './migrations.ts'
import { NewsDesk } from './news.ts'
import { type Deliver, Outbox } from './outbox.ts'
import { Schedules } from './schedules.ts'
import type {
  CreateScheduleRequest,
  CreateScheduleResult,
  RunCursor,
  RunScheduleRequest,
  RunsPage,
  SchedulesPage,
  UpdateScheduleRequest,
  UpdateScheduleResult,
} from './schedules-api.ts'
import { ScheduleClock } from './schedules-clock.ts'
import { noteEnd, SchedulesDesk } from './schedules-desk.ts'
import { Store } from './store.ts'
import { encodeEvent, encodeForFal, openStream } from './streams.ts'
import { Submitter } from './submitter.ts'

/** Everything an account reaches outside itself. */
export interface AccountWorld extends AdmissionsPolicy {
  readonly fal: FalQueue
  readonly deliver: Deliver
  readonly webhookUrl: (origin: string, accountId: string, generationId: string) => Promise<string>
  /** Generations that may be at fal at a time; the rest wait here, oldest first. */
  readonly maxAtFal: number
}

/** Alarms run one after another, so each begins only so much and waits only so long. */
const MAX_DUE_AT_ONCE = 40
const ALARM_PATIENCE_MS = 5000
/** What was begun and not heard of for this long is begun again. */
const CLAIM_MS = 60_000
/** A send or an outbox write is under way at once; the alarm only finds what a crash left. */
const FALLBACK_MS = 2000
/** How long a reader waits for the look that it causes. */
const READER_PATIENCE_MS = 1000
const KEY_PATIENCE_MS = 3000
const PAST_DURATIONS = 100
/** Where fal's webhooks come back to, as a request last told. */
const WEBHOOK_ORIGIN = 'webhook_origin'
const EXPECTED_MAX_AGE_MS = 10_000

export class AccountObject extends DurableObject<unknown> implements AccountApi {
  readonly #store: Store
  readonly #keys: Keys
  readonly #idempotencyKeys: IdempotencyKeys
  readonly #admissions: Admissions
  readonly #outbox: Outbox
  readonly #news: NewsDesk
  readonly #journal: Journal
  readonly #submitter: Submitter
  readonly #looker: Looker
  readonly #schedules: Schedules
  readonly #scheduleClock: ScheduleClock
  readonly #schedulesDesk: SchedulesDesk
  /** When the alarm is set for, as far as this process knows. */
  #armedForMs: number | null = null
  /** Open event streams by the key that opened them, to close when it is revoked. */
  readonly #streams = new Map<string, Set<() => void>>()
  readonly #expected = new Map<string, { readonly value: Expected | null; readonly atMs: number }>()

  constructor(ctx: DurableObjectState, env: unknown, world: AccountWorld) {
    super(ctx, env)
    migrate(ctx.storage)
    const gate = createGate()
    this.#store = new Store(ctx.storage.sql)
    this.#keys = new Keys(ctx.storage.sql)
    this.#idempotencyKeys = new IdempotencyKeys(ctx.storage.sql)
    const ledger = new Ledger(ctx.storage.sql)
    this.#outbox = new Outbox(ctx.storage.sql, gate, world.deliver)
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
      (record, nowMs) => noteEnd(schedules, record, nowMs),
      (news) => {
        this.#news.tell(news)
        this.#afterChange()
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
      idempotencyKeys: this.#idempotencyKeys,
      schedules,
      policy: world,
    })
    const scheduling = {
      storage: ctx.storage,
      schedules,
      admissions: this.#admissions,
      journal: this.#journal,
    }
    this.#scheduleClock = new ScheduleClock({
      ...scheduling,
      webhookOrigin: () => this.#store.meta(WEBHOOK_ORIGIN) ?? null,
    })
    this.#schedulesDesk = new SchedulesDesk({
      ...scheduling,
      idempotencyKeys: this.#idempotencyKeys,
    })
    this.#looker = new Looker({ ...parts, isWatched: (id) => this.#news.hasAudience(id) })
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
    const before = this.#store.read(id)?.record
    if (before === undefined) return null
    if (phaseOf(before) !== 'settled' && before.falRequestId !== null) {
      await Promise.race([this.#looker.lookForReader(id), sleep(READER_PATIENCE_MS)])
    }
    return this.#view(this.#store.read(id)?.record ?? before)
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
    const before = this.#store.read(id)?.record
    if (before === undefined) return { type: 'not_found' }
    if (before.status === 'canceled') return { type: 'canceled', view: this.#view(before) }
    if (isFinal(before.status)) return { type: 'already_final', view: this.#view(before) }
    const after = this.#journal.observe(id, [{ type: 'cancel_requested' }], Date.now()) ?? before
    const asksNow = after.cancelAcceptedAtMs === null && after.falRequestId !== null
    if (before.cancelRequestedAtMs === null && asksNow) {
      await Promise.race([this.#looker.cancel(id), sleep(READER_PATIENCE_MS)])
    }
    return { type: 'requested', view: this.#view(this.#store.read(id)?.record ?? after) }
  }

  async events(id: string, afterSeq: number): Promise<EventLog | null> {
    const record = this.#store.read(id)?.record
    if (record === undefined) return null
    return { record, events: this.#store.events(id, afterSeq, Number.MAX_SAFE_INTEGER) }
  }

  async hook(hook: Hook): Promise<'taken' | 'ignored'> {
    const { generationId, falRequestId, falUserId } = hook
    const record = this.#store.read(generationId)?.record
    if (record === undefined || record.sentAtMs === null) return 'ignored'
    const ids = { generation_id: generationId, fal_request_id: falRequestId }
    const knownUser = this.#store.meta('fal_user_id')
    if (record.falRequestId === null) {
      if (knownUser !== undefined && knownUser !== falUserId) {
        log('hook_of_another_user', ids)
        return 'ignored'
      }
    } else if (record.falRequestId !== falRequestId) {
      log('hook_of_another_request', ids)
      return 'ignored'
    } else if (knownUser === undefined) this.#store.setMeta('fal_user_id', falUserId)
    if ((this.#store.idOfRequest(falRequestId) ?? generationId) !== generationId) {
      log('hook_names_a_request_of_another_generation', ids)
      return 'ignored'
    }

    const seen = readHookPayload(hook.status, hook.payload)
    const observations: Observation[] = [{ type: 'accepted', requestId: falRequestId }]
    if (seen !== undefined) observations.push(seen)
    this.#journal.observe(generationId, observations, Date.now())
    if (seen === undefined) {
      const knownComplete = { saysFailed: hook.status === 'ERROR' }
      void this.#looker.look(generationId, { knownComplete })
    }
    return 'taken'
  }

  async createSchedule(request: CreateScheduleRequest): Promise<CreateScheduleResult> {
    this.#noteOrigin(request.webhookOrigin)
    const result = this.#schedulesDesk.create(request)
    this.#afterChange()
    return result
  }

  async updateSchedule(request: UpdateScheduleRequest): Promise<UpdateScheduleResult> {
    this.#noteOrigin(request.webhookOrigin)
    const result = this.#schedulesDesk.update(request)
    this.#afterChange()
    return result
  }

  async removeSchedule(id: string): Promise<boolean> {
    const removed = this.#schedulesDesk.remove(id)
    this.#afterChange()
    return removed
  }

  async schedule(id: string): Promise<ScheduleRecord | null> {
    return this.#schedules.read(id) ?? null
  }

  async listSchedules(limit: number, beforeId: string | null): Promise<SchedulesPage> {
    return this.#schedulesDesk.list(limit, beforeId)
  }

  async runSchedule(request: RunScheduleRequest): Promise<AdmitResult | { type: 'not_found' }> {
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
    await this.#runDue(scheduledMs)
  }

  override async alarm(): Promise<void> {
    this.#armedForMs = null
    await this.#runDue(0)
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

  async addKey(record: KeyRecord): Promise<void> {
    this.#writeKey(record)
    // A key is shown once and used at once, so it is in KV before it is shown.
    await Promise.race([this.#outbox.drain(Date.now), sleep(KEY_PATIENCE_MS)])
    this.#arm()
  }

  async listKeys(): Promise<StoredKey[]> {
    return this.#keys.list()
  }

  async key(id: string): Promise<StoredKey | null> {
    return this.#keys.find(id) ?? null
  }

  async revokeKey(id: string): Promise<StoredKey | null> {
    const record = this.#keys.find(id)?.record
    if (record === undefined) return null
    if (record.revokedAtMs === null) {
      this.#writeKey({ ...record, revokedAtMs: Date.now() }, () =>
        this.#schedulesDesk.pauseOfKey(id),
      )
      for (const close of this.#streams.get(id) ?? []) close()
      await Promise.race([this.#outbox.drain(Date.now), sleep(KEY_PATIENCE_MS)])
      this.#arm()
    }
    return this.#keys.find(id) ?? null
  }

  async noteKeyUse(id: string): Promise<void> {
    this.#keys.noteUse(id, Date.now())
  }

  override async fetch(request: Request): Promise<Response> {
    const query = new URL(request.url).searchParams
    const id = query.get('id') ?? ''
    const keyId = query.get('key') ?? ''
    if (this.#store.read(id) === undefined) return new Response(null, { status: 404 })
    // KV may still know a revoked key, and a stream would outlive that minute.
    const key = this.#keys.find(keyId)?.record
    if (key !== undefined && keyState(key, Date.now()) !== 'active') {
      return new Response(null, { status: 401 })
    }
    const afterSeq = Number(query.get('after') ?? 0)
    const encode = query.get('as') === 'fal' ? encodeForFal(query.get('logs') === '1') : encodeEvent
    const stream = openStream(this.#store, this.#news, id, afterSeq, encode, (close) => {
      const streams = this.#streams.get(keyId) ?? new Set()
      this.#streams.set(keyId, streams.add(close))
      return () => {
        streams.delete(close)
        if (streams.size === 0) this.#streams.delete(keyId)
      }
    })
    if (stream === undefined) return new Response(null, { status: 204 })
    return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
  }

  async #admit(
    asked: Omit<Asked, 'day'>,
    { idempotency, patience }: Pick<AdmitRequest, 'idempotency' | 'patience'>,
  ): Promise<AdmitResult> {
    this.#noteOrigin(asked.webhookOrigin)
    return this.#answer(this.#admissions.admit(asked, idempotency), patience)
  }

  async #answer(admitted: GenerationRecord | Refused, patience: Patience): Promise<AdmitResult> {
    if ('type' in admitted) return admitted
    const view = (await this.#waitFor(admitted.id, patience)) ?? this.#view(admitted)
    return { type: 'admitted', view, replayed: false }
  }

  async #replay(claimed: Claimed, patience: Patience): Promise<AdmitResult> {
    if (claimed.type === 'key_reused') return claimed
    const { generationId, replayed } = claimed
    const view = await this.#waitFor(generationId, patience)
    return view === null
      ? { type: 'key_reused', generationId }
      : { type: 'admitted', view, replayed }
  }

  async #waitFor(id: string, patience: Patience): Promise<View | null> {
    const enough = (record: GenerationRecord) =>
      isFinal(record.status) ||
      (patience.for === 'answer' && (record.status !== 'submitting' || record.unconfirmed))
    const now = this.#store.read(id)?.record
    if (now === undefined) return null
    if (!enough(now) && patience.ms > 0) await this.#news.until(id, enough, patience.ms)
    return this.#view(this.#store.read(id)?.record ?? now)
  }

  #view(record: GenerationRecord): View {
    return { record, expected: isFinal(record.status) ? null : this.#expectedOf(record) }
  }

  #expectedOf({ input }: GenerationRecord): Expected | null {
    const kind = `${input.resolution}:${input.duration}`
    const known = this.#expected.get(kind)
    if (known !== undefined && Date.now() - known.atMs < EXPECTED_MAX_AGE_MS) return known.value
    const past = this.#store.pastDurationsMs(input.resolution, input.duration, PAST_DURATIONS)
    const value = expectedSeconds(past)
    this.#expected.set(kind, { value, atMs: Date.now() })
    return value
  }

  /** Runs of schedules have no request at hand that could tell. */
  #noteOrigin(origin: string | null): void {
    if (origin === null || origin === this.#store.meta(WEBHOOK_ORIGIN)) return
    this.#store.setMeta(WEBHOOK_ORIGIN, origin)
  }

  #writeKey(record: KeyRecord, also: () => void = () => undefined): void {
    const value = JSON.stringify(record)
    this.ctx.storage.transactionSync(() => {
      this.#keys.write(record)
      also()
      this.#outbox.add({ kind: 'kv_put', key: apiKeyKey(record.hash), value }, Date.now())
    })
  }

  /** Whatever changed, there may be something to send, to write or to wait for. */
  #afterChange(): void {
    this.#submitter.pump()
    void this.#outbox.drain(Date.now).then(() => this.#arm())
    this.#arm()
  }

  async #runDue(scheduledMs: number): Promise<void> {
    try {
      const nowMs = Date.now()
      this.#scheduleClock.claimDue(Math.max(scheduledMs, nowMs))
      const work = this.#store.dueIds(nowMs, MAX_DUE_AT_ONCE).map((id) => this.#runOne(id, nowMs))
      this.#submitter.pump()
      work.push(this.#outbox.drain(Date.now))
      this.#idempotencyKeys.prune(nowMs)
      await Promise.race([Promise.all(work), sleep(this.#alarmPatienceMs(nowMs))])
    } catch (error) {
      logError('alarm_failed', error)
    }
    this.#armedForMs = null
    this.#arm()
  }

  /** Alarms run one after another: what is left of this one must not make a slot wait. */
  #alarmPatienceMs(nowMs: number): number {
    const slotMs = this.#scheduleClock.nextDueMs() ?? Infinity
    return Math.min(ALARM_PATIENCE_MS, Math.max(0, slotMs - nowMs))
  }

  async #runOne(id: string, nowMs: number): Promise<void> {
    const stored = this.#store.read(id)
    if (stored === undefined) return
    const due = nextDue(stored.record, stored.looks)
    this.#store.claim(id, nowMs + CLAIM_MS)
    if (due?.what === 'look') await this.#looker.look(id, { scheduled: true })
    if (due?.what === 'cancel') await this.#looker.cancel(id)
    if (due?.what === 'clock' && !this.#submitter.isSending(id)) {
      this.#journal.observe(id, [{ type: 'clock' }], nowMs)
    }
  }

  /** Sets the alarm for whatever is due first. */
  #arm(): void {
    const nowMs = Date.now()
    const due = [this.#store.nextDueMs(), this.#scheduleClock.nextDueMs()]
    const outboxMs = this.#outbox.nextDueMs()
    if (outboxMs !== null) due.push(Math.max(outboxMs, nowMs + FALLBACK_MS))
    if (this.#submitter.hasMoreToSend()) due.push(nowMs + FALLBACK_MS)
    const atMs = due.reduce<number>((first, at) => Math.min(first, at ?? Infinity), Infinity)
    if (atMs === Infinity) return
    if (this.#armedForMs !== null && this.#armedForMs <= atMs) return
    this.#armedForMs = atMs
    void this.ctx.storage.setAlarm(atMs)
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

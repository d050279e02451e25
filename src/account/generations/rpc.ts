/** What the Worker can ask of all of an account's generations. */
import { RpcTarget } from 'cloudflare:workers'
import type { NormalisedInput } from '../../contract/input.ts'
import type {
  DeleteResult,
  Estimate,
  EventPage,
  EventPageRequest,
  GenerationsApi,
  ListRequest,
  ListResult,
  OpenNow,
  ResolveResult,
  Usage,
  UsageRequest,
  View,
  Word,
} from '../../domain/account.ts'
import { dayAt, monthOf } from '../../domain/zone.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import type { Core } from '../core.ts'
import type { AccountLog } from '../events/log.ts'
import type { Deletion } from '../deletion/deletion.ts'
import type { Keys } from '../keys.ts'
import type { Admissions } from './admissions.ts'
import { usageOf } from './finals.ts'
import type { Generations } from './generations.ts'
import type { Orphans } from './orphans.ts'
import type { FalBreaker } from './breaker.ts'
import { usageOfUsers } from './users.ts'
import { listGenerations } from './list.ts'
import { resolve, type ResolveParts } from './resolve.ts'

export interface GenerationsRpcParts
  extends ResolveParts, Pick<Core, 'sql' | 'store' | 'counts' | 'gate'> {
  readonly admissions: Admissions
  readonly keys: Keys
  readonly generations: Generations
  readonly breaker: FalBreaker
  readonly deletion: Deletion
  readonly orphans: Orphans
  readonly log: AccountLog
}

export class GenerationsRpc extends RpcTarget implements GenerationsApi {
  readonly #parts: GenerationsRpcParts

  constructor(parts: GenerationsRpcParts) {
    super()
    this.#parts = parts
  }

  async list(request: ListRequest): Promise<ListResult> {
    const { sql, listeners } = this.#parts
    return { ...listGenerations(sql, request), holdup: listeners.holdup() }
  }

  async eventPage(request: EventPageRequest): Promise<EventPage> {
    return this.#parts.log.page(request)
  }

  async ofRequest(falRequestId: string): Promise<View | null> {
    const { store, gate, generations } = this.#parts
    gate.refill()
    const id = store.idOfRequest(falRequestId)
    return id === undefined ? null : generations.get(id)
  }

  async estimate(keyId: string, input: NormalisedInput): Promise<Estimate> {
    const { counts, admissions, keys } = this.#parts
    const key = keys.find(keyId)?.record ?? null
    return {
      estimatedMicrousd: admissions.estimateMicrousd(input),
      limits: admissions.limits(key, null, Date.now()),
      open: counts.now().open,
      maxOpen: admissions.settings().maxOpen,
      accepts: admissions.accepts(),
    }
  }

  async usage(keyId: string, days: UsageRequest): Promise<Usage> {
    const { admissions, keys, sql } = this.#parts
    const { timeZone } = admissions.settings()
    const to = days.to ?? dayAt(Date.now(), timeZone)
    const from = days.from ?? `${monthOf(to)}-01`
    const key = keys.find(keyId)?.record ?? null
    const limits = admissions.limits(key, null, Date.now())
    const open = this.#open()
    const users = days.byUser === true ? usageOfUsers(sql, from, to) : null
    return { from, to, timeZone, open, rows: usageOf(sql, from, to), users, limits }
  }

  async delete(id: string): Promise<DeleteResult> {
    return this.#parts.deletion.delete(id, Date.now())
  }

  async wasDeleted(id: string): Promise<boolean> {
    return this.#parts.deletion.wasDeleted(id)
  }

  async ofVideo(id: string): Promise<GenerationRecord | 'deleted' | null> {
    const { store, deletion } = this.#parts
    const record = store.read(id)?.record
    if (record !== undefined) return record
    return deletion.wasDeleted(id) ? 'deleted' : null
  }

  async resolve(id: string, word: Word): Promise<ResolveResult> {
    this.#parts.gate.refill()
    return resolve(this.#parts, id, word)
  }

  async callerGone(id: string, identity: string): Promise<void> {
    this.#parts.orphans.callerGone(id, identity, Date.now())
  }

  #open(): OpenNow {
    const { counts, breaker } = this.#parts
    const state = breaker.now()
    return {
      open: counts.now().open,
      unsent: counts.unsent(),
      unconfirmed: counts.unconfirmed(),
      falAwaySinceMs: state.state === 'closed' ? null : state.sinceMs,
    }
  }
}

/** What the Worker can ask of an account's schedules. */
import { RpcTarget } from 'cloudflare:workers'
import type { AdmitResult } from '../../domain/account.ts'
import type {
  CreateScheduleRequest,
  CreateScheduleResult,
  RunCursor,
  RunScheduleRequest,
  RunsPage,
  SchedulesApi,
  SchedulesPage,
  UpdateScheduleRequest,
  UpdateScheduleResult,
} from '../../domain/schedule/calls.ts'
import type { ScheduleRecord } from '../../domain/schedule/schedule.ts'
import type { Core } from '../core.ts'
import type { Generations } from '../generations/generations.ts'
import type { Schedules } from './schedules.ts'
import type { ScheduleStore } from './store.ts'

export interface SchedulesRpcParts extends Pick<Core, 'gate'> {
  readonly store: ScheduleStore
  readonly schedules: Schedules
  readonly generations: Generations
}

export class SchedulesRpc extends RpcTarget implements SchedulesApi {
  readonly #parts: SchedulesRpcParts

  constructor(parts: SchedulesRpcParts) {
    super()
    this.#parts = parts
  }

  async create(request: CreateScheduleRequest): Promise<CreateScheduleResult> {
    return this.#parts.schedules.create(request)
  }

  async update(request: UpdateScheduleRequest): Promise<UpdateScheduleResult> {
    return this.#parts.schedules.update(request)
  }

  async remove(id: string): Promise<boolean> {
    return this.#parts.schedules.remove(id)
  }

  async get(id: string): Promise<ScheduleRecord | null> {
    return this.#parts.store.read(id) ?? null
  }

  async list(limit: number, beforeId: string | null): Promise<SchedulesPage> {
    const schedules = this.#parts.store.list(limit + 1, beforeId)
    return { schedules: schedules.slice(0, limit), hasMore: schedules.length > limit }
  }

  async run(request: RunScheduleRequest): Promise<AdmitResult | { readonly type: 'not_found' }> {
    const { gate, generations, schedules } = this.#parts
    gate.refill()
    return generations.spend(request, () => schedules.run(request))
  }

  async runs(id: string, limit: number, before: RunCursor | null): Promise<RunsPage | null> {
    const { store } = this.#parts
    if (store.read(id) === undefined) return null
    const stored = store.runs(id, limit + 1, before)
    const page = stored.slice(0, limit)
    return {
      runs: page.map(({ run }) => run),
      next: stored.length > limit ? (page.at(-1)?.cursor ?? null) : null,
    }
  }
}

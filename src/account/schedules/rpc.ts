/** The Worker's calls for an account's schedules. */
import type { SchedulesApi } from '../../domain/schedule/calls.ts'
import type { Core } from '../core.ts'
import type { Generations } from '../generations/generations.ts'
import { rpcTarget } from '../rpc.ts'
import type { Schedules } from './schedules.ts'
import type { ScheduleStore } from './store.ts'

export interface SchedulesRpcParts extends Pick<Core, 'gate'> {
  readonly store: ScheduleStore
  readonly schedules: Schedules
  readonly generations: Generations
}

export const createSchedulesRpc = ({ gate, store, schedules, generations }: SchedulesRpcParts) =>
  rpcTarget<SchedulesApi>({
    create: async (request) => schedules.create(request),
    update: async (request) => schedules.update(request),
    remove: async (id) => schedules.remove(id),
    get: async (id) => store.read(id) ?? null,
    list: async (limit, beforeId) => {
      const found = store.list(limit + 1, beforeId)
      return { schedules: found.slice(0, limit), hasMore: found.length > limit }
    },
    run: async (request) => {
      gate.refill()
      return generations.spend(request, () => schedules.run(request))
    },
    runs: async (id, limit, before) => {
      if (store.read(id) === undefined) return null
      const stored = store.runs(id, limit + 1, before)
      const page = stored.slice(0, limit)
      return {
        runs: page.map(({ run }) => run),
        next: stored.length > limit ? (page.at(-1)?.cursor ?? null) : null,
      }
    },
  })

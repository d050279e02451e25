/** The Worker's calls for an account's schedules. */
import type { SchedulesApi } from '../../domain/schedule/calls.ts'
import type { Core } from '../core.ts'
import type { Generations } from '../generations/generations.ts'
import { rpcTarget } from '../rpc.ts'
import type { Schedules } from './schedules.ts'
import { cursorOf, type ScheduleStore } from './store.ts'

export const createSchedulesRpc = (
  { gate }: Core,
  store: ScheduleStore,
  schedules: Schedules,
  generations: Generations,
) =>
  rpcTarget<SchedulesApi>({
    create: schedules.create,
    update: schedules.update,
    remove: schedules.remove,
    get: (id) => store.read(id) ?? null,
    list: (limit, beforeId) => {
      const found = store.list(limit + 1, beforeId)
      return { schedules: found.slice(0, limit), hasMore: found.length > limit }
    },
    run: (request) => {
      gate.refill()
      return generations.spend(request, () => schedules.run(request))
    },
    runs: (id, limit, before) => {
      if (store.read(id) === undefined) return null
      const found = store.runs(id, limit + 1, before)
      const runs = found.slice(0, limit)
      const last = found.length > limit ? runs.at(-1) : undefined
      return { runs, next: last === undefined ? null : cursorOf(last) }
    },
  })

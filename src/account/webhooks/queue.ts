/** The queue of deliveries. A lane makes one attempt at a time, and only a few lanes run at once. */
import { logError } from '../../adapters/log.ts'
import { backoffMs, readDelivery, type StoredDelivery } from '../../domain/webhook/delivery.ts'
import { type Fragment, part } from '../../adapters/sql.ts'
import type { Core } from '../core.ts'
import { earliest } from '../timed.ts'

export interface Kept extends StoredDelivery {
  readonly endpointId: string
  /** Deliveries that take turns: those to an endpoint, or all to one origin. */
  readonly lane: string
  readonly body: string
}

/** Finished deliveries kept for each endpoint. */
const MAX_KEPT = 100
const MAX_UNDER_WAY = 8
/** Lanes that failed last get half the turns at most, since they may hang. */
const MAX_FAILING_UNDER_WAY = 4
/** A claim older than this is tried again: the process that made it has died. */
const CLAIM_MS = 60_000
/** A failing address gets a pause, whatever else is waiting for it. */
const LONGEST_PAUSE_MS = 60_000

export type Queue = ReturnType<typeof createQueue>

/** @param attempt makes one attempt; calls `free` once the lane may have its next turn */
export const createQueue = (
  { sql, onRollback }: Core,
  attempt: (kept: Kept, free: () => void) => Promise<void>,
) => {
  /** When the first of each lane is due. Mirrors the table; nothing else writes to it. */
  let known: Map<string, number> | undefined
  const underWay = new Map<
    string,
    { untilMs: number; isFailing: boolean; over: PromiseWithResolvers<void> }
  >()
  /**
   * Failed attempts in a row, and when the lane's pause ends. Lost with the process, which costs an
   * attempt made too early.
   */
  const troubles = new Map<string, { readonly failures: number; readonly untilMs: number }>()
  /** Claimed in the current transaction, and started once it is committed. */
  let claimed: Kept[] = []
  onRollback(() => {
    for (const { lane } of claimed) underWay.delete(lane)
    claimed = []
    known = undefined
  })

  const select = (which: Fragment): Kept[] =>
    sql<Omit<Kept, 'delivery'> & { readonly doc: string }>`
      SELECT endpoint_id AS endpointId, lane, due_at_ms AS dueMs, body, doc
      FROM webhook_deliveries WHERE ${which}`.map(({ doc, ...row }) => ({
      ...row,
      delivery: readDelivery(doc),
    }))

  const dues = (): Map<string, number> =>
    (known ??= new Map(
      sql<{ lane: string; at: number }>`SELECT lane, MIN(due_at_ms) AS at FROM webhook_deliveries
        WHERE due_at_ms IS NOT NULL GROUP BY lane`.map(({ lane, at }) => [lane, at]),
    ))

  const dueMsOf = (lane: string): number =>
    Math.max(dues().get(lane) ?? 0, troubles.get(lane)?.untilMs ?? 0)

  const mayBegin = (lane: string): boolean => {
    const turns = [...underWay.values()]
    if (underWay.has(lane) || turns.length >= MAX_UNDER_WAY) return false
    const failing = turns.filter(({ isFailing }) => isFailing).length
    return !troubles.has(lane) || failing < MAX_FAILING_UNDER_WAY
  }

  const isDue = (lane: string, nowMs: number): boolean => mayBegin(lane) && dueMsOf(lane) <= nowMs

  const first = (lane: string): Kept | undefined =>
    select(part`lane = ${lane} AND due_at_ms IS NOT NULL ORDER BY due_at_ms LIMIT 1`)[0]

  const owe = (lane: string, dueMs: number): void =>
    void dues().set(lane, Math.min(dues().get(lane) ?? Infinity, dueMs))

  const readLane = (lane: string): void => {
    const dueMs = first(lane)?.dueMs ?? null
    if (dueMs !== null) return void dues().set(lane, dueMs)
    dues().delete(lane)
    troubles.delete(lane)
  }

  const take = (lane: string, untilMs: number): void => {
    const over = Promise.withResolvers<void>()
    underWay.set(lane, { untilMs, isFailing: troubles.has(lane), over })
  }

  const start = (kept: Kept): void => {
    const { lane, delivery } = kept
    const turn = underWay.get(lane)
    void attempt(kept, () => underWay.delete(lane))
      // The claim stays, and is taken again once it is old.
      .catch((error: unknown) =>
        logError('webhook_not_settled', error, { delivery_id: delivery.id }),
      )
      .finally(() => {
        if (underWay.get(lane) === turn) underWay.delete(lane)
        turn?.over.resolve()
      })
  }

  /** Starts what is due, from the lanes that have waited longest. */
  const begin = (nowMs: number): void => {
    for (;;) {
      const [lane] = [...dues().keys()]
        .filter((each) => isDue(each, nowMs))
        .toSorted((a, b) => dueMsOf(a) - dueMsOf(b))
      if (lane === undefined) return
      const kept = first(lane)
      if (kept === undefined || (kept.dueMs ?? Infinity) > nowMs) {
        readLane(lane)
        continue
      }
      const untilMs = nowMs + CLAIM_MS
      sql`UPDATE webhook_deliveries SET due_at_ms = ${untilMs}
        WHERE endpoint_id = ${kept.endpointId} AND id = ${kept.delivery.id}`
      take(lane, untilMs)
      start(kept)
    }
  }

  return {
    read: (endpointId: string, id: string): Kept | undefined =>
      select(part`endpoint_id = ${endpointId} AND id = ${id}`)[0],
    /** Newest first. */
    list: (endpointId: string, limit: number, beforeId: string | null): Kept[] =>
      select(part`endpoint_id = ${endpointId} AND id < ${beforeId ?? '~'}
        ORDER BY id DESC LIMIT ${limit}`),
    /** Adds a delivery. If it is its turn, it is claimed in the same write, which saves a row. */
    add: (kept: Omit<Kept, 'dueMs'>, nowMs: number): void => {
      const { endpointId, lane, body, delivery } = kept
      const isNext = !dues().has(lane) && isDue(lane, nowMs)
      const dueMs = isNext ? nowMs + CLAIM_MS : nowMs
      sql`INSERT INTO webhook_deliveries (endpoint_id, id, lane, due_at_ms, generation_id,
        body, doc)
        VALUES (${endpointId}, ${delivery.id}, ${lane}, ${dueMs}, ${delivery.generationId}, ${body},
        ${JSON.stringify(delivery)})`
      owe(lane, dueMs)
      if (!isNext) return
      take(lane, dueMs)
      claimed.push({ ...kept, dueMs })
    },
    /** Updates a delivery that is still stored. A finished one makes room for the next. */
    settle: ({ endpointId, lane, delivery, dueMs }: Kept): void => {
      sql`UPDATE webhook_deliveries SET due_at_ms = ${dueMs}, doc = ${JSON.stringify(delivery)}
        WHERE endpoint_id = ${endpointId} AND id = ${delivery.id}`
      if (dueMs !== null) return owe(lane, dueMs)
      sql`DELETE FROM webhook_deliveries WHERE endpoint_id = ${endpointId}
        AND due_at_ms IS NULL AND id <= (SELECT id FROM webhook_deliveries
        WHERE endpoint_id = ${endpointId} ORDER BY id DESC LIMIT 1 OFFSET ${MAX_KEPT})`
    },
    readLane,
    noteFailure: (lane: string, retryAfterMs: number, nowMs: number): void => {
      const failures = (troubles.get(lane)?.failures ?? 0) + 1
      const pauseMs = Math.min(backoffMs(failures, 0) ?? Infinity, LONGEST_PAUSE_MS)
      troubles.set(lane, { failures, untilMs: nowMs + Math.max(pauseMs, retryAfterMs) })
    },
    noteSuccess: (lane: string): void => void troubles.delete(lane),
    /** Settles when the lane's present turn is over. */
    turnOf: async (lane: string): Promise<void> => underWay.get(lane)?.over.promise,
    cancel: (endpointId: string): void => {
      sql`UPDATE webhook_deliveries SET due_at_ms = NULL,
        doc = json_set(doc, '$.state', 'canceled')
        WHERE endpoint_id = ${endpointId} AND due_at_ms IS NOT NULL`
      known = undefined
    },
    remove: (endpointId: string): void => {
      sql`DELETE FROM webhook_deliveries WHERE endpoint_id = ${endpointId}`
      known = undefined
    },
    /** Called inside the transaction that deletes the generation. */
    forget: (generationId: string): void => {
      sql`DELETE FROM webhook_deliveries WHERE generation_id = ${generationId}`
      known = undefined
    },
    afterCommit: (): void => {
      const toStart = claimed
      claimed = []
      for (const kept of toStart) start(kept)
      // Usually nothing is pending, which needs no read.
      if (known?.size !== 0) begin(Date.now())
    },
    nextDueMs: (): number | null => {
      const ready = [...dues().keys()].filter(mayBegin)
      // While an attempt runs, the alarm is only for the case that the process dies.
      const claims = [...underWay.values()].map(({ untilMs }) => untilMs)
      return earliest([...ready.map(dueMsOf), ...claims])
    },
    runDue: async (nowMs: number): Promise<void> => {
      begin(nowMs)
      await Promise.all([...underWay.values()].map(({ over }) => over.promise))
    },
  }
}

/** Asks fal in batches what it charged: ten minutes, an hour and a day after a generation's end. */
import { type FalBilling, MAX_BILLS } from '../../adapters/fal-platform.ts'
import { DAY_MS } from '../../domain/generation/deadlines.ts'
import { nextBillCheckMs, unbilledRequests } from '../../domain/generation/bill.ts'
import { CLAIM_MS, createAgenda, type Entry } from '../agenda.ts'
import type { Core } from '../core.ts'
import type { Change } from '../generations/journal.ts'
import type { Platform } from '../platform.ts'

/** Checks due within this time are made together with those due now. */
const TOGETHER_MS = 60_000
/** fal's clock and ours may differ, and a charge may be dated by the job's end. */
const MARGIN_MS = 3600_000
/** A check without an answer is dropped after this long, so that the list does not grow. */
const GIVEN_UP_AFTER_MS = 30 * DAY_MS

export const createBills = (core: Core, platform: Platform, billing: FalBilling | null) => {
  const { store, journal, transact } = core
  const agenda = createAgenda(core, 'bill_checks', (nowMs) => ask(nowMs), platform)

  const onChange = ({ before, after }: Change, nowMs: number): void => {
    if (billing === null) return
    const open = unbilledRequests(after)
    const known = before === null ? [] : unbilledRequests(before)
    if (open.join() === known.join()) return
    const dueMs = nextBillCheckMs(nowMs, 0)
    if (open.length === 0 || dueMs === undefined) agenda.remove(after.id)
    else if (open.some((id) => !known.includes(id))) {
      agenda.add({ id: after.id, sinceMs: nowMs, tries: 0, dueMs })
    }
  }

  const ask = async (nowMs: number): Promise<void> => {
    if (billing === null) return
    const asked: { readonly entry: Entry; readonly requestIds: readonly string[] }[] = []
    let fromMs = nowMs
    let count = 0
    transact(() => {
      agenda.forget(nowMs - GIVEN_UP_AFTER_MS)
      for (const entry of agenda.due(nowMs + TOGETHER_MS, MAX_BILLS)) {
        const record = store.read(entry.id)?.record
        const requestIds = record === undefined ? [] : unbilledRequests(record)
        if (requestIds.length === 0) agenda.remove(entry.id)
        if (count + requestIds.length > MAX_BILLS) break
        if (record === undefined || requestIds.length === 0) continue
        count += requestIds.length
        fromMs = Math.min(fromMs, record.createdAtMs - MARGIN_MS)
        agenda.put({ ...entry, dueMs: nowMs + CLAIM_MS })
        asked.push({ entry, requestIds })
      }
    })
    if (asked.length === 0) return
    const ids = asked.flatMap(({ requestIds }) => requestIds)
    const bills = await platform.ask(() => billing(ids, fromMs, nowMs + MARGIN_MS))
    journal.atomically(null, Date.now(), () => {
      for (const each of asked) settle(each.entry, each.requestIds, bills?.microusd)
    })
  }

  const settle = (
    entry: Entry,
    requestIds: readonly string[],
    bills: ReadonlyMap<string, number | null> | undefined,
  ): void => {
    const nowMs = Date.now()
    // A call without an answer does not count as a try.
    const tries = bills === undefined ? entry.tries : entry.tries + 1
    const nextMs = bills === undefined ? nowMs : nextBillCheckMs(entry.sinceMs, tries)
    for (const requestId of bills === undefined ? [] : requestIds) {
      const microusd = bills?.get(requestId)
      const isAbsent = microusd === undefined && nextMs === undefined
      if (isAbsent || typeof microusd === 'number') {
        const billed = { type: 'billed', requestId, microusd: microusd ?? null } as const
        journal.observe(entry.id, [billed])
      }
    }
    const record = store.read(entry.id)?.record
    const open = record === undefined ? [] : unbilledRequests(record)
    // Requests that became known in the meantime have an entry of their own.
    if (open.some((id) => !requestIds.includes(id))) return
    if (open.length === 0 || nextMs === undefined) agenda.remove(entry.id)
    else agenda.put({ ...entry, tries, dueMs: nextMs })
  }

  return { agenda, onChange }
}

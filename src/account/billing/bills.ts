/** Asks fal in batches what it charged: ten minutes, an hour and a day after a generation's end. */
import { type FalBilling, MAX_BILLS } from '../../adapters/fal-billing.ts'
import { DAY_MS } from '../../domain/generation/deadlines.ts'
import { nextBillCheckMs, unbilledRequests } from '../../domain/generation/bill.ts'
import { Agenda, CLAIM_MS, type Entry } from '../agenda.ts'
import type { Core } from '../core.ts'
import type { Change, ChangeListener } from '../generations/journal.ts'
import type { Platform } from '../platform.ts'

/** Checks due within this time are made together with those due now. */
const TOGETHER_MS = 60_000
/** fal's clock and ours may differ, and a charge may be dated by the job's end. */
const MARGIN_MS = 3600_000
/** A check without an answer is dropped after this long, so that the list does not grow. */
const GIVEN_UP_AFTER_MS = 30 * DAY_MS

export interface BillsParts extends Pick<
  Core,
  'sql' | 'store' | 'journal' | 'transact' | 'onRollback'
> {
  readonly platform: Platform
  readonly billing: FalBilling | null
}

export class Bills implements ChangeListener {
  readonly agenda: Agenda
  readonly #parts: BillsParts

  constructor(parts: BillsParts) {
    this.#parts = parts
    const round = (nowMs: number) => this.#ask(nowMs)
    this.agenda = new Agenda({ ...parts, round }, 'bill_checks')
  }

  onChange({ before, after }: Change, nowMs: number): void {
    if (this.#parts.billing === null) return
    const open = unbilledRequests(after)
    const known = before === null ? [] : unbilledRequests(before)
    if (open.join() === known.join()) return
    const dueMs = nextBillCheckMs(nowMs, 0)
    if (open.length === 0 || dueMs === undefined) this.agenda.remove(after.id)
    else if (open.some((id) => !known.includes(id))) {
      this.agenda.add({ id: after.id, sinceMs: nowMs, tries: 0, dueMs })
    }
  }

  async #ask(nowMs: number): Promise<void> {
    const { store, journal, transact, platform, billing } = this.#parts
    if (billing === null) return
    const asked: { readonly entry: Entry; readonly requestIds: readonly string[] }[] = []
    let fromMs = nowMs
    let count = 0
    transact(() => {
      this.agenda.forget(nowMs - GIVEN_UP_AFTER_MS)
      for (const entry of this.agenda.due(nowMs + TOGETHER_MS, MAX_BILLS)) {
        const record = store.read(entry.id)?.record
        const requestIds = record === undefined ? [] : unbilledRequests(record)
        if (requestIds.length === 0) this.agenda.remove(entry.id)
        if (count + requestIds.length > MAX_BILLS) break
        if (record === undefined || requestIds.length === 0) continue
        count += requestIds.length
        fromMs = Math.min(fromMs, record.createdAtMs - MARGIN_MS)
        this.agenda.put({ ...entry, dueMs: nowMs + CLAIM_MS })
        asked.push({ entry, requestIds })
      }
    })
    if (asked.length === 0) return
    const ids = asked.flatMap(({ requestIds }) => requestIds)
    const bills = await platform.ask(() => billing(ids, fromMs, nowMs + MARGIN_MS))
    journal.atomically(null, Date.now(), () => {
      for (const each of asked) this.#settle(each.entry, each.requestIds, bills?.microusd)
    })
  }

  #settle(
    entry: Entry,
    requestIds: readonly string[],
    bills: ReadonlyMap<string, number | null> | undefined,
  ): void {
    const { store, journal } = this.#parts
    const nowMs = Date.now()
    // A call without an answer does not count as a try.
    const tries = bills === undefined ? entry.tries : entry.tries + 1
    const nextMs = bills === undefined ? nowMs : nextBillCheckMs(entry.sinceMs, tries)
    for (const requestId of bills === undefined ? [] : requestIds) {
      const microusd = bills?.get(requestId)
      const isAbsent = microusd === undefined && nextMs === undefined
      if (isAbsent || typeof microusd === 'number') {
        journal.observe(
          entry.id,
          [{ type: 'billed', requestId, microusd: microusd ?? null }],
          nowMs,
        )
      }
    }
    const record = store.read(entry.id)?.record
    const open = record === undefined ? [] : unbilledRequests(record)
    // Requests that became known in the meantime have an entry of their own.
    if (open.some((id) => !requestIds.includes(id))) return
    if (open.length === 0 || nextMs === undefined) this.agenda.remove(entry.id)
    else this.agenda.put({ ...entry, tries, dueMs: nextMs })
  }
}

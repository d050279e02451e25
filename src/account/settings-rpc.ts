/** The Worker's calls for an account's settings, and after its restore from a backup. */
import type { SettingsApi } from '../domain/account.ts'
import { HOUR_MS } from '../domain/generation/deadlines.ts'
import type { Core } from './core.ts'
import type { Admissions } from './generations/admissions.ts'
import type { Signer } from './generations/submitter.ts'
import { rpcTarget } from './rpc.ts'
import type { DueSchedules } from './schedules/due.ts'

export const createSettingsRpc = (
  { sql, store, counts, journal, meta }: Core,
  admissions: Admissions,
  { videoSig }: Signer,
  dueSchedules: DueSchedules,
) => {
  const get = () => ({
    settings: admissions.settings(),
    open: counts.now().open,
    limits: admissions.limits(),
  })

  /**
   * Searches for what may have been sent since the backup, and never sends it again. Past slots of
   * schedules are skipped: they may have run. A second call changes nothing.
   */
  const afterRestore: SettingsApi['afterRestore'] = async () => {
    // While new work is accepted, an unsent generation may be new.
    if (admissions.accepts()) return { type: 'accepting' }
    // Also those that the alarm ended unsent since the restore: the operator has an hour to act.
    const ids = sql.column<string>`
      SELECT id FROM generations WHERE status = 'submitting' AND due_what = 'send'
      UNION ALL SELECT id FROM generations WHERE status = 'failed'
        AND finished_at_ms > ${Date.now() - HOUR_MS} AND doc ->> '$.failure.code' = 'not_sent'`
    let marked = 0
    for (const id of ids) {
      const before = store.read(id)?.record
      if (before === undefined) continue
      const restored = { type: 'restored', videoSig: await videoSig(before.accountId, id) } as const
      const after = journal.observe(id, [restored])
      if (after?.sentAtMs !== before.sentAtMs) marked += 1
    }
    // No run is admitted now, so each slot is skipped.
    const nowMs = Date.now()
    while ((dueSchedules.nextDueMs() ?? Infinity) <= nowMs) dueSchedules.runDue(nowMs, nowMs)
    return { type: 'done', marked, unconfirmed: counts.unconfirmed() }
  }

  return rpcTarget<SettingsApi>({
    get,
    change: (changes) => {
      meta.changeSettings(changes)
      return get()
    },
    afterRestore,
  })
}

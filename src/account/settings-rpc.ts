/** The Worker's calls for an account's settings. */
import type { SettingsApi } from '../domain/account.ts'
import type { Core } from './core.ts'
import type { Admissions } from './generations/admissions.ts'
import type { Addresses } from './generations/addresses.ts'
import { afterRestore } from './restore/restore.ts'
import { rpcTarget } from './rpc.ts'
import type { DueSchedules } from './schedules/due.ts'

export const createSettingsRpc = (
  core: Core,
  admissions: Admissions,
  addresses: Addresses,
  dueSchedules: DueSchedules,
) => {
  const get = () => ({
    settings: admissions.settings(),
    open: core.counts.now().open,
    limits: admissions.limitsOf(null, null, Date.now()),
  })
  return rpcTarget<SettingsApi>({
    get,
    change: (changes) => {
      core.meta.changeSettings(changes)
      return get()
    },
    afterRestore: () => afterRestore(core, admissions, addresses, dueSchedules),
  })
}

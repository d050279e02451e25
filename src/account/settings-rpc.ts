/** The Worker's calls for an account's settings. */
import type { SettingsApi } from '../domain/account.ts'
import type { Core } from './core.ts'
import type { Admissions } from './generations/admissions.ts'
import { afterRestore, type RestoreParts } from './restore/restore.ts'
import { rpcTarget } from './rpc.ts'

export interface SettingsRpcParts extends RestoreParts, Pick<Core, 'meta'> {
  readonly admissions: Admissions
}

export const createSettingsRpc = (parts: SettingsRpcParts) => {
  const { counts, meta, admissions } = parts
  const get: SettingsApi['get'] = async () => ({
    settings: admissions.settings(),
    open: counts.now().open,
    limits: admissions.limits(null, null, Date.now()),
  })
  return rpcTarget<SettingsApi>({
    get,
    change: async (changes) => {
      meta.changeSettings(changes)
      return get()
    },
    afterRestore: () => afterRestore(parts),
  })
}

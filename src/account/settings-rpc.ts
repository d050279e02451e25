/** What the Worker can ask of an account's settings. */
import type { SettingsApi } from '../domain/account.ts'
import type { Core } from './core.ts'
import type { Admissions } from './generations/admissions.ts'
import { rpcTarget } from './rpc.ts'

export interface SettingsRpcParts extends Pick<Core, 'counts' | 'meta'> {
  readonly admissions: Admissions
}

export const createSettingsRpc = ({ counts, meta, admissions }: SettingsRpcParts) => {
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
  })
}

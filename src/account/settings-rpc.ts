/** What the Worker can ask of an account's settings. */
import { RpcTarget } from 'cloudflare:workers'
import type { AccountSettings, AccountState, SettingsApi } from '../domain/account.ts'
import type { Core } from './core.ts'
import type { Admissions } from './generations/admissions.ts'

export class SettingsRpc extends RpcTarget implements SettingsApi {
  readonly #parts: Pick<Core, 'counts' | 'meta'> & { readonly admissions: Admissions }

  constructor(parts: Pick<Core, 'counts' | 'meta'> & { readonly admissions: Admissions }) {
    super()
    this.#parts = parts
  }

  async get(): Promise<AccountState> {
    const { counts, admissions } = this.#parts
    return {
      settings: admissions.settings(),
      open: counts.now().open,
      limits: admissions.limits(null, null, Date.now()),
    }
  }

  async change(changes: Partial<AccountSettings>): Promise<AccountState> {
    this.#parts.meta.changeSettings(changes)
    return this.get()
  }
}

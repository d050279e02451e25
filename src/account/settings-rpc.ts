/** What the Worker can ask of an account's settings. */
import { RpcTarget } from 'cloudflare:workers'
import type { AccountSettings, AccountState, AfterRestore, SettingsApi } from '../domain/account.ts'
import type { Core } from './core.ts'
import type { Admissions } from './generations/admissions.ts'
import { afterRestore, type RestoreParts } from './restore/restore.ts'

export interface SettingsRpcParts extends RestoreParts, Pick<Core, 'meta'> {
  readonly admissions: Admissions
}

export class SettingsRpc extends RpcTarget implements SettingsApi {
  readonly #parts: SettingsRpcParts

  constructor(parts: SettingsRpcParts) {
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

  async afterRestore(): Promise<AfterRestore> {
    return afterRestore(this.#parts)
  }
}

/** What an account's admin may set: its budgets, its time zone and how much it may do at once. */
import type { AccountSettings } from '../domain/account.ts'
import type { Store } from './generations/store.ts'

const META_KEY = 'settings'

/** The settings as they are: what was set, over what every account starts with. */
export const readAccountSettings = (store: Store, defaults: AccountSettings): AccountSettings => ({
  ...defaults,
  ...(JSON.parse(store.meta(META_KEY) ?? '{}') as Partial<AccountSettings>),
})

/** Sets what `changes` names, and leaves the rest to the defaults of the day. */
export const writeAccountSettings = (store: Store, changes: Partial<AccountSettings>): void => {
  const set = JSON.parse(store.meta(META_KEY) ?? '{}') as Partial<AccountSettings>
  store.setMeta(META_KEY, JSON.stringify({ ...set, ...changes }))
}

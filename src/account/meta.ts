/** Named values: the account's settings, and single values that need no table. */
import type { AccountSettings } from '../domain/account.ts'
import type { Sql } from './sql.ts'

const SETTINGS = 'settings'
/** The origin of the URLs for fal's webhooks, from the last request. */
const WEBHOOK_ORIGIN = 'webhook_origin'

export class Meta {
  readonly #sql: Sql
  /** Caches the table; nothing else writes to it. */
  readonly #known = new Map<string, string | undefined>()

  constructor(sql: Sql) {
    this.#sql = sql
  }

  read(name: string): string | undefined {
    if (this.#known.has(name)) return this.#known.get(name)
    const value = this.#sql<{ value: string }>`SELECT value FROM meta WHERE key = ${name}`[0]?.value
    this.#known.set(name, value)
    return value
  }

  write(name: string, value: string): void {
    this.#sql`INSERT INTO meta (key, value) VALUES (${name}, ${value}) ON CONFLICT (key) DO UPDATE
      SET value = excluded.value`
    this.#known.set(name, value)
  }

  remove(name: string): void {
    this.#sql`DELETE FROM meta WHERE key = ${name}`
    this.#known.set(name, undefined)
  }

  /** Drops the cache: the table does not have what a failed transaction wrote. */
  afterRollback(): void {
    this.#known.clear()
  }

  settings(defaults: AccountSettings): AccountSettings {
    return { ...defaults, ...this.#set() }
  }

  /** Stores only these fields; the others follow the current defaults. */
  changeSettings(changes: Partial<AccountSettings>): void {
    this.write(SETTINGS, JSON.stringify({ ...this.#set(), ...changes }))
  }

  /** Scheduled runs use it, since they have no request to take it from. */
  webhookOrigin(): string | null {
    return this.read(WEBHOOK_ORIGIN) ?? null
  }

  noteWebhookOrigin(origin: string | null): void {
    if (origin !== null && origin !== this.webhookOrigin()) this.write(WEBHOOK_ORIGIN, origin)
  }

  #set(): Partial<AccountSettings> {
    return JSON.parse(this.read(SETTINGS) ?? '{}') as Partial<AccountSettings>
  }
}

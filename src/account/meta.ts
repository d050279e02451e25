/** Named values: the account's settings, and single values that need no table. */
import type { AccountSettings } from '../domain/account.ts'
import { readDocument } from '../domain/document.ts'
import type { Sql } from './sql.ts'

/** The origin of the URLs for fal's webhooks, from the last request. */
const WEBHOOK_ORIGIN = 'webhook_origin'

/** A named value stored as JSON. */
export interface StoredDocument<T> {
  readonly read: () => T | undefined
  readonly write: (value: T) => void
  readonly remove: () => void
}

export class Meta {
  readonly #sql: Sql
  /** Caches the table; nothing else writes to it. */
  readonly #known = new Map<string, string | undefined>()
  /** The settings that were set; the others follow the defaults. */
  readonly #set = this.document<Partial<AccountSettings>>('settings')

  constructor(sql: Sql) {
    this.#sql = sql
  }

  read(name: string): string | undefined {
    if (this.#known.has(name)) return this.#known.get(name)
    const value = this.#sql.text`SELECT value FROM meta WHERE key = ${name}` ?? undefined
    this.#known.set(name, value)
    return value
  }

  write(name: string, value: string): void {
    this.#sql`INSERT INTO meta (key, value) VALUES (${name}, ${value}) ON CONFLICT (key) DO UPDATE
      SET value = excluded.value`
    this.#known.set(name, value)
  }

  document<T extends object>(name: string): StoredDocument<T> {
    return {
      read: () => {
        const text = this.read(name)
        return text === undefined ? undefined : readDocument<T>(text)
      },
      write: (value) => this.write(name, JSON.stringify(value)),
      remove: () => this.remove(name),
    }
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
    return { ...defaults, ...this.#set.read() }
  }

  /** Stores only these fields; the others follow the current defaults. */
  changeSettings(changes: Partial<AccountSettings>): void {
    this.#set.write({ ...this.#set.read(), ...changes })
  }

  /** Scheduled runs use it, since they have no request to take it from. */
  webhookOrigin(): string | null {
    return this.read(WEBHOOK_ORIGIN) ?? null
  }

  noteWebhookOrigin(origin: string | null): void {
    if (origin !== null && origin !== this.webhookOrigin()) this.write(WEBHOOK_ORIGIN, origin)
  }
}

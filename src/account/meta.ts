/** Named values: the account's settings, and single facts that need no table. */
import type { AccountSettings } from '../domain/account.ts'
import type { Sql } from './sql.ts'

const SETTINGS = 'settings'
/** Where fal's webhooks come back to, as a request last told. */
const WEBHOOK_ORIGIN = 'webhook_origin'

export class Meta {
  readonly #sql: Sql
  /** What was read or written, as the table has it: nobody else writes there. */
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

  /** What was written is not so if its transaction failed. */
  afterRollback(): void {
    this.#known.clear()
  }

  /** The settings as they are: what was set, over what every account starts with. */
  settings(defaults: AccountSettings): AccountSettings {
    return { ...defaults, ...this.#set() }
  }

  /** Sets what `changes` names, and leaves the rest to the defaults of the day. */
  changeSettings(changes: Partial<AccountSettings>): void {
    this.write(SETTINGS, JSON.stringify({ ...this.#set(), ...changes }))
  }

  /** Runs of schedules have no request at hand that could tell. */
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

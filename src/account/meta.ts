/** Named values: the account's settings, and single values that need no table. */
import type { AccountSettings } from '../domain/account.ts'
import { readDocument } from '../domain/document.ts'
import type { OnRollback, Sql } from '../adapters/sql.ts'

/** The origin of the URLs for fal's webhooks, from the last request. */
const WEBHOOK_ORIGIN = 'webhook_origin'

export type Meta = ReturnType<typeof createMeta>

export const createMeta = (sql: Sql, onRollback: OnRollback) => {
  /** Caches the table; nothing else writes to it. */
  const known = new Map<string, string | undefined>()
  onRollback(() => known.clear())

  const read = (name: string): string | undefined => {
    if (known.has(name)) return known.get(name)
    const value = sql.text`SELECT value FROM meta WHERE key = ${name}` ?? undefined
    known.set(name, value)
    return value
  }

  const write = (name: string, value: string): void => {
    sql`INSERT INTO meta (key, value) VALUES (${name}, ${value}) ON CONFLICT (key) DO UPDATE
      SET value = excluded.value`
    known.set(name, value)
  }

  const remove = (name: string): void => {
    sql`DELETE FROM meta WHERE key = ${name}`
    known.set(name, undefined)
  }

  /** A named value stored as JSON. */
  const document = <T extends object>(name: string) => ({
    read: (): T | undefined => {
      const text = read(name)
      return text === undefined ? undefined : readDocument<T>(text)
    },
    write: (value: T) => write(name, JSON.stringify(value)),
    remove: () => remove(name),
  })

  const settings = document<Partial<AccountSettings>>('settings')
  /** Scheduled runs use it, since they have no request to take it from. */
  const webhookOrigin = (): string | null => read(WEBHOOK_ORIGIN) ?? null

  return {
    read,
    write,
    remove,
    document,
    settings: (defaults: AccountSettings): AccountSettings => ({ ...defaults, ...settings.read() }),
    /** Stores only these fields; the others follow the current defaults. */
    changeSettings: (changes: Partial<AccountSettings>): void =>
      settings.write({ ...settings.read(), ...changes }),
    webhookOrigin,
    noteWebhookOrigin: (origin: string | null): void => {
      if (origin !== null && origin !== webhookOrigin()) write(WEBHOOK_ORIGIN, origin)
    },
  }
}

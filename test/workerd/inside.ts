/** An account from inside, for what no caller can see or do: its storage, its alarm, what KV has of it. */
import { env } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { vi } from 'vitest'
import type { Metered } from '../../bench/worker/control.ts'
import { meterStorage } from '../../bench/worker/meter.ts'
import type { GenerationRecord } from '../../src/domain/generation/generation.ts'
import { phaseOf } from '../../src/domain/generation/transition.ts'
import { DIRECTORY_NAME } from '../../src/worker/directory.ts'
import { readGenerations } from './ledger.ts'
import { eventually } from './wait.ts'

/** The account's object, for what no caller can do to it: alarms, evictions, crashes. */
export const stub = (id = 'default') => env.ACCOUNTS.getByName(id)

/** Works on the account's own storage. */
export const storage = <T>(
  work: (storage: DurableObjectStorage) => T | Promise<T>,
  id = 'default',
): Promise<T> => runInDurableObject(stub(id), (_, { storage }) => work(storage))

/** Runs a statement on its database, and answers the rows. */
export const sql = <Row extends Record<string, SqlStorageValue>>(
  query: string,
  ...values: readonly unknown[]
): Promise<Row[]> => storage((own) => own.sql.exec<Row>(query, ...values).toArray())

/** What runs in its storage during some work: one entry a statement. */
export const metered = async (work: () => Promise<unknown>, id = 'default') => {
  const meter = await storage(meterStorage, id)
  await work()
  await storage(() => meter.remove(), id)
  return meter.read()
}

/** What statements add up to. */
export const total = (ran: readonly Metered[], of: Exclude<keyof Metered, 'query'>): number =>
  ran.reduce((sum, each) => sum + each[of], 0)

/** Lets time pass for its timers, where a test has replaced them. */
export const advanceTimers = (ms: number, id = 'default'): Promise<unknown> =>
  storage(() => vi.advanceTimersByTime(ms), id)

/** The names of its tables, but for those of the platform. */
export const tablesOf = (sql: SqlStorage): string[] =>
  sql
    .exec<{ name: string }>(
      `SELECT name FROM sqlite_master WHERE type = 'table'
       AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' ORDER BY name`,
    )
    .toArray()
    .map(({ name }) => name)

/** All that its tables hold, as one text. */
export const storedText = (id = 'default'): Promise<string> =>
  storage(({ sql }) => {
    const rowsOf = (table: string) => sql.exec(`SELECT * FROM ${table}`).toArray()
    return JSON.stringify(tablesOf(sql).map(rowsOf))
  }, id)

export const alarmAtMs = (): Promise<number | null> => storage((storage) => storage.getAlarm())

const isAllSent = (own: DurableObjectStorage): boolean =>
  readGenerations(own).every((one) => !['unsent', 'sent'].includes(phaseOf(one)))

/** Waits until the account has sent all that was admitted, and has had every answer. */
export const allSent = (id = 'default'): Promise<boolean> =>
  eventually(() => storage(isAllSent, id))

/** Waits until the account has told KV and the Directory all that it owes them. */
export const owesNothing = (id = 'default'): Promise<boolean> =>
  eventually(() =>
    storage(({ sql }) => sql.exec('SELECT 1 FROM owed_writes').toArray().length === 0, id),
  )

/** The object that knows which accounts have work, and which have troubles. */
export const directory = () => env.DIRECTORY.getByName(DIRECTORY_NAME)

/** Waits until KV has what became of it, and answers that. */
export const settledInKv = (id: string): Promise<GenerationRecord> =>
  eventually(
    async () => (await env.REQUESTS.get<GenerationRecord>(`generation:${id}`, 'json')) ?? undefined,
  )

/** An account from inside, where no caller reaches: its storage, its alarm, its entries in KV. */
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

/** The account's object, for alarms, evictions and crashes, which no caller can cause. */
export const stub = (id = 'default') => env.ACCOUNTS.getByName(id)

/** Runs work inside the account, on its own storage. */
export const storage = <T>(
  work: (storage: DurableObjectStorage) => T | Promise<T>,
  id = 'default',
): Promise<T> => runInDurableObject(stub(id), (_, { storage }) => work(storage))

/** Runs a statement on the account's database, and returns the rows. */
export const sql = <Row extends Record<string, SqlStorageValue>>(
  query: string,
  ...values: readonly unknown[]
): Promise<Row[]> => storage((own) => own.sql.exec<Row>(query, ...values).toArray())

/** What runs on the account's database during some work: one entry per statement. */
export const metered = async (work: () => Promise<unknown>, id = 'default') => {
  const meter = await storage(meterStorage, id)
  await work()
  await storage(() => meter.remove(), id)
  return meter.read()
}

/** The sum of one count over all statements. */
export const total = (ran: readonly Metered[], of: Exclude<keyof Metered, 'query'>): number =>
  ran.reduce((sum, each) => sum + each[of], 0)

/** Advances the account's timers, if a test has faked them. */
export const advanceTimers = (ms: number, id = 'default'): Promise<unknown> =>
  storage(() => vi.advanceTimersByTime(ms), id)

/** The names of an object's tables, without the platform's own. */
export const tablesOf = (sql: SqlStorage): string[] =>
  sql
    .exec<{ name: string }>(
      `SELECT name FROM sqlite_master WHERE type = 'table'
       AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' ORDER BY name`,
    )
    .toArray()
    .map(({ name }) => name)

/** Everything in the account's tables, as one text. */
export const storedText = (id = 'default'): Promise<string> =>
  storage(({ sql }) => {
    const rowsOf = (table: string) => sql.exec(`SELECT * FROM ${table}`).toArray()
    return JSON.stringify(tablesOf(sql).map(rowsOf))
  }, id)

export const alarmAtMs = (): Promise<number | null> => storage((storage) => storage.getAlarm())

const isAllSent = (own: DurableObjectStorage): boolean =>
  readGenerations(own).every((one) => !['unsent', 'sent'].includes(phaseOf(one)))

/** Waits until the account has sent everything that it admitted, and has every answer. */
export const allSent = (id = 'default'): Promise<boolean> =>
  eventually(() => storage(isAllSent, id))

/** Waits until the account has written everything that it owes to KV and the Directory. */
export const owesNothing = (id = 'default'): Promise<boolean> =>
  eventually(() =>
    storage(({ sql }) => sql.exec('SELECT 1 FROM owed_writes').toArray().length === 0, id),
  )

/** The object that knows which accounts have work, and which have troubles. */
export const directory = () => env.DIRECTORY.getByName(DIRECTORY_NAME)

/** Waits until KV has the settled generation, and returns it. */
export const settledInKv = (id: string): Promise<GenerationRecord> =>
  eventually(
    async () => (await env.REQUESTS.get<GenerationRecord>(`generation:${id}`, 'json')) ?? undefined,
  )

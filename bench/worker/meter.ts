/** Counts what runs in an object's storage, from outside: the gateway has no code for it. */
import type { Metered } from './control.ts'

export interface Meter {
  /** What has run so far, with one entry per statement. */
  read(): Metered[]
  /** Leaves the storage as it was. */
  remove(): void
}

/**
 * Counts every statement of `storage` until it is removed, with the rows that SQLite says it read
 * and wrote. Setting the alarm is not a statement, but is billed as a row written.
 *
 * @see https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#exec
 * @example
 * const meter = await runInDurableObject(stub, (_, { storage }) => meterStorage(storage))
 */
export const meterStorage = (storage: DurableObjectStorage): Meter => {
  const { sql } = storage
  const exec = sql.exec.bind(sql)
  const setAlarm = storage.setAlarm.bind(storage)
  const ran: { readonly query: string; readonly cursor?: SqlStorageCursor<never> }[] = []
  sql.exec = (query: string, ...values: unknown[]) => {
    const cursor = exec<never>(query, ...values)
    // A cursor counts while it is read, so it is asked only at the end.
    ran.push({ query: query.replaceAll(/\s+/g, ' ').trim(), cursor })
    return cursor
  }
  storage.setAlarm = (...args) => {
    ran.push({ query: 'SET ALARM' })
    return setAlarm(...args)
  }
  return {
    read: () =>
      [...Map.groupBy(ran, ({ query }) => query)].map(([query, times]) => ({
        query,
        statements: times.filter(({ cursor }) => cursor !== undefined).length,
        rowsRead: times.reduce((sum, { cursor }) => sum + (cursor?.rowsRead ?? 0), 0),
        rowsWritten: times.reduce((sum, { cursor }) => sum + (cursor?.rowsWritten ?? 1), 0),
      })),
    remove: () => {
      sql.exec = exec
      storage.setAlarm = setAlarm
    },
  }
}

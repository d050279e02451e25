import { expect, it } from 'vitest'
import { addColumn, migrate, MIGRATIONS, type Migration } from '../../src/account/migrations.ts'
import { KEY } from './callers.ts'
import { readGenerations, readUsage, usageOf } from './ledger.ts'
import { runByHand, schedule } from './schedules-world.ts'
import { api, fal, freshWorld, inside } from './world.ts'

freshWorld()

/** What a later release may add: an indexed column that is computed from stored data. */
const NEXT: Migration = (sql) => {
  const seed = `INTEGER GENERATED ALWAYS AS (doc ->> '$.input.seed') VIRTUAL`
  addColumn(sql, 'generations', 'seed', seed)
  sql.exec('CREATE INDEX IF NOT EXISTS generations_seed ON generations (seed)')
}

const versionOf = ({ sql }: DurableObjectStorage): number =>
  sql.exec<{ version: number }>('SELECT version FROM schema_version').one().version

/** An account with rows in nearly every table. */
const usedAccount = async (): Promise<string> => {
  const { id } = await api.create({ seed: 7 }, { 'idempotency-key': 'order-7' })
  await fal.deliverAll()
  await api.post('/v1/keys', { ...KEY, account_id: 'default' })
  const { id: scheduleId } = await schedule({ cron: '@yearly' })
  await runByHand(scheduleId)
  return id
}

type Rows = Record<string, Record<string, SqlStorageValue>[]>

/** Every row of every table, without the columns that SQLite computes. */
const dump = ({ sql }: DurableObjectStorage): Rows => {
  const names = inside.tablesOf(sql).filter((name) => name !== 'schema_version')
  const rowsOf = (name: string) => sql.exec(`SELECT ${columnsOf(sql, name).join()} FROM ${name}`)
  return Object.fromEntries(names.map((name) => [name, rowsOf(name).toArray()]))
}

const columnsOf = (sql: SqlStorage, table: string): string[] =>
  sql
    .exec<{ name: string }>('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0', table)
    .toArray()
    .map(({ name }) => name)

/** Writes rows into those of their tables and columns that exist. */
const fill = ({ sql }: DurableObjectStorage, rows: Rows): void => {
  for (const [table, entries] of Object.entries(rows)) {
    const columns = columnsOf(sql, table)
    for (const row of columns.length === 0 ? [] : entries) {
      const values = columns.map((column) => row[column] ?? null)
      sql.exec(`INSERT OR IGNORE INTO ${table} VALUES (${values.map(() => '?').join()})`, ...values)
    }
  }
}

it('keeps every row from each version to the next, even if a migration runs twice', async () => {
  const id = await usedAccount()
  await inside.storage(async (storage) => {
    const rows = dump(storage)
    expect(Object.values(rows).filter((entries) => entries.length > 0).length).toBeGreaterThan(6)
    await storage.deleteAll()
    for (let version = 1; version <= MIGRATIONS.length; version++) {
      migrate(storage, MIGRATIONS.slice(0, version))
      fill(storage, rows)
      // The first releases wrote their own version when deployed again over a newer one.
      storage.sql.exec('UPDATE schema_version SET version = ?', version - 1)
      migrate(storage, MIGRATIONS.slice(0, version))
    }
    expect(dump(storage)).toEqual(rows)
  })
  const input = { prompt: api.PROMPT, seed: 7 }
  expect(await api.read(id)).toMatchObject({ status: 'completed', input })
})

it('leaves a newer schema unchanged while older code runs, and then uses it again', async () => {
  const id = await usedAccount()
  const next = [...MIGRATIONS, NEXT]
  await inside.storage((storage) => {
    migrate(storage, next)
    migrate(storage, MIGRATIONS)
    expect(versionOf(storage)).toBe(next.length)
  })
  // The account itself runs the older code here.
  const meanwhile = await api.create({ seed: 8 })
  expect(await api.read(id)).toMatchObject({ status: 'completed' })
  const seeds = await inside.storage((storage) => {
    migrate(storage, next)
    return storage.sql.exec('SELECT id FROM generations WHERE seed = 8').toArray()
  })
  expect(seeds).toEqual([{ id: meanwhile.id }])
})

it('counts in usage what older code ended, before sums were stored and after a rollback', async () => {
  await usedAccount()
  await api.create({ prompt: fal.marked('render_ms=600000') })
  await inside.storage((storage) => {
    const { sql } = storage
    const before = MIGRATIONS.slice(0, 5)
    const check = () => expect(readUsage(storage)).toEqual(usageOf(readGenerations(storage)))
    sql.exec(`DROP TRIGGER finals_new; DROP TRIGGER finals_from; DROP TRIGGER finals_to;
      DROP VIEW costs; DROP TABLE finals`)
    sql.exec('UPDATE schema_version SET version = ?', before.length)
    migrate(storage)
    check()
    // The first releases set the database's version to their own.
    sql.exec('UPDATE schema_version SET version = ?', before.length)
    migrate(storage, before)
    const end = `UPDATE generations SET doc = json_set(doc, '$.status', 'failed', '$.cost.state', 'unknown')`
    const { rowsWritten } = sql.exec(`${end} WHERE status = 'in_progress' OR status = 'queued'`)
    expect(rowsWritten).toBeGreaterThan(0)
    check()
    migrate(storage)
    check()
  })
})

/** Fills an account with copies of its rows. The only file here that knows its tables. */
import { ID_RANDOM_BYTES, makeId } from '../../src/domain/id.ts'
import type { Copies } from './control.ts'

type Document = Readonly<Record<string, unknown>>
type Row = { doc: string; due_at_ms?: number | null } & Record<string, SqlStorageValue>

/** Past durations this long keep looks at fal from disturbing the bench. */
const TOOK_MS = 240_000
const DAY_CHARS = 10

/** Copies a row `count` times, each with an id and times of its own. */
export const copyRow = (storage: DurableObjectStorage, copies: Copies): void => {
  const { table, like, count, fromMs, toMs, dueAtMs, scheduleId } = copies
  const { sql } = storage
  // It does not list the generated columns, which nobody can write.
  const names = [...sql.exec<{ name: string }>(`PRAGMA table_info(${table})`)].map((c) => c.name)
  const row = sql.exec<Row>(`SELECT ${names.join(', ')} FROM ${table} WHERE id = ?`, like).one()
  const document = JSON.parse(row.doc) as Document
  const places = names.map(() => '?').join(', ')
  const insert = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${places})`
  const random = new Uint8Array(ID_RANDOM_BYTES)
  storage.transactionSync(() => {
    for (let index = 0; index < count; index++) {
      const atMs = Math.round(fromMs + ((toMs - fromMs) * index) / count)
      const isGeneration = table === 'generations'
      const id = makeId(isGeneration ? 'gen' : 'sch', atMs, crypto.getRandomValues(random))
      const belongs = index % 10 === 0 && scheduleId !== undefined
      const made = isGeneration ? madeAt(document, id, atMs) : document
      const doc = JSON.stringify({ ...made, id, ...(belongs ? { scheduleId } : {}) })
      const due = typeof row.due_at_ms === 'number' ? { due_at_ms: dueAtMs } : {}
      const copied: Readonly<Record<string, SqlStorageValue>> = { ...row, id, doc, ...due }
      sql.exec(insert, ...names.map((name) => copied[name] ?? null))
    }
  })
}

const madeAt = (document: Document, id: string, atMs: number): Document => ({
  ...document,
  falRequestId: `copy-of-${id}`,
  createdAtMs: atMs,
  sentAtMs: atMs,
  finishedAtMs: document['finishedAtMs'] === null ? null : atMs + TOOK_MS,
  day: new Date(atMs).toISOString().slice(0, DAY_CHARS),
})

/** Sets the sums over the generations to what the account would have stored. */
export const addUp = ({ sql }: DurableObjectStorage): void => {
  sql.exec(`
    INSERT OR REPLACE INTO ledger (scope, day, charged, reserved, unknown)
    SELECT scope, day, SUM(IIF(cost_state = 'charged', doc ->> '$.cost.chargedMicrousd', 0)),
      SUM(IIF(cost_state = 'reserved', doc ->> '$.cost.estimatedMicrousd', 0)),
      SUM(IIF(cost_state = 'unknown', doc ->> '$.cost.estimatedMicrousd', 0))
    FROM (
      SELECT 'account' AS scope, day, cost_state, doc FROM generations
      UNION ALL SELECT 'key:' || key_id, day, cost_state, doc FROM generations
      UNION ALL SELECT 'schedule:' || schedule_id, day, cost_state, doc FROM generations
        WHERE schedule_id IS NOT NULL
    ) GROUP BY scope, day`)
}

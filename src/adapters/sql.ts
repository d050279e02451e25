/** Queries as tagged templates, with every value bound. */

type Value = SqlStorageValue | Fragment

/** Part of a query, such as a shared condition. */
export interface Fragment {
  readonly text: string
  readonly bound: readonly SqlStorageValue[]
}

export const part = (texts: TemplateStringsArray, ...values: Value[]): Fragment => {
  const parts = values.map((value) =>
    typeof value === 'object' && value !== null && 'text' in value
      ? value
      : { text: '?', bound: [value] },
  )
  const text = texts.map((before, index) => before + (parts[index]?.text ?? '')).join('')
  return { text, bound: parts.flatMap(({ bound }) => bound) }
}

/** Text that is not bound: for names and constants, never for a caller's value. */
export const raw = (text: string): Fragment => ({ text, bound: [] })

export type Query = [texts: TemplateStringsArray, ...values: Value[]]
type AnyRow = Record<string, SqlStorageValue>

/**
 * Runs a query and returns its rows.
 *
 * @example
 * const [row] = sql<{ doc: string }>`SELECT doc FROM schedules WHERE id = ${id}`
 */
export interface Sql {
  <Row extends AnyRow>(...query: Query): Row[]
  /** Returns the first column of each row. */
  column<T extends SqlStorageValue>(...query: Query): T[]
  /** Returns the first column of the first row; null if it is NULL or there are no rows. */
  number(...query: Query): number | null
  text(...query: Query): string | null
}

/** Takes what forgets a cache once a transaction has failed. */
export type OnRollback = (forget: () => void) => void

export const createSql = (storage: SqlStorage): Sql => {
  const run = <Row extends AnyRow>(...query: Query) => {
    const { text, bound } = part(...query)
    return storage.exec<Row>(text, ...bound)
  }
  const column = <T extends SqlStorageValue>(...query: Query): T[] =>
    [...run(...query).raw<[T]>()].map(([first]) => first)
  return Object.assign(<Row extends AnyRow>(...query: Query) => run<Row>(...query).toArray(), {
    column,
    number: (...query: Query) => column<number>(...query)[0] ?? null,
    text: (...query: Query) => column<string>(...query)[0] ?? null,
  })
}

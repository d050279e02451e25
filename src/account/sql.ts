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

/**
 * Runs a query and returns its rows.
 *
 * @example
 * const [row] = sql<{ doc: string }>`SELECT doc FROM schedules WHERE id = ${id}`
 */
export type Sql = <Row extends Record<string, SqlStorageValue>>(
  texts: TemplateStringsArray,
  ...values: Value[]
) => Row[]

export const createSql =
  (storage: SqlStorage): Sql =>
  <Row extends Record<string, SqlStorageValue>>(
    texts: TemplateStringsArray,
    ...values: Value[]
  ) => {
    const { text, bound } = part(texts, ...values)
    return storage.exec<Row>(text, ...bound).toArray()
  }

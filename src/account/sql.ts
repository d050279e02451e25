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
export interface Sql {
  <Row extends Record<string, SqlStorageValue>>(
    texts: TemplateStringsArray,
    ...values: Value[]
  ): Row[]
  /** Returns the first column of each row. */
  column<T extends SqlStorageValue>(texts: TemplateStringsArray, ...values: Value[]): T[]
  /** Returns the first column of the first row; null if it is NULL or there are no rows. */
  number(texts: TemplateStringsArray, ...values: Value[]): number | null
  text(texts: TemplateStringsArray, ...values: Value[]): string | null
}

export const createSql = (storage: SqlStorage): Sql => {
  const run = <Row extends Record<string, SqlStorageValue>>(
    texts: TemplateStringsArray,
    ...values: Value[]
  ) => {
    const { text, bound } = part(texts, ...values)
    return storage.exec<Row>(text, ...bound)
  }
  const column = <T extends SqlStorageValue>(...query: Parameters<typeof run>): T[] =>
    [...run(...query).raw<[T]>()].map(([first]) => first)
  return Object.assign(
    <Row extends Record<string, SqlStorageValue>>(...query: Parameters<typeof run>) =>
      run<Row>(...query).toArray(),
    {
      column,
      number: (...query: Parameters<typeof run>) => column<number>(...query)[0] ?? null,
      text: (...query: Parameters<typeof run>) => column<string>(...query)[0] ?? null,
    },
  )
}

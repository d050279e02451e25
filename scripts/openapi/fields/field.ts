/** How the meaning of a field is written down. */
import type { Schema } from '../types.ts'

/** Text, or a text with what a zod check cannot say as JSON Schema. */
export type FieldText = string | (Schema & { description: string })

/** A path is `field`, `field.inner`, or `field[].inner` for what a list holds. */
export type Fields = Readonly<Record<string, FieldText>>

export const usd = (what: string): string => `US dollars: ${what}.`

export const day = (description: string) => ({
  description,
  format: 'date',
  examples: ['2026-11-23'],
})

/** The same fields one level down. */
export const under = (path: string, fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, text]) => [`${path}.${name}`, text]))

export const LIST: Fields = { object: 'Always `list`.', data: 'What was asked for.' }
export const PAGE: Fields = {
  ...LIST,
  has_more: 'Whether there is another page.',
  next_cursor: 'Send it as `cursor` for the next page; null on the last one.',
}

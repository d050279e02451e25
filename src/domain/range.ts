/** Which part of a file a request gets, and whether it gets any: conditions and ranges of HTTP. */

export interface Served {
  readonly size: number
  /** A strong validator, in its quotes. */
  readonly etag: string
  readonly lastModifiedMs: number
}

export type Part =
  | { readonly type: 'whole' }
  /** `length` bytes from `offset`. */
  | { readonly type: 'range'; readonly offset: number; readonly length: number }
  | { readonly type: 'not_modified' | 'precondition_failed' | 'unsatisfiable' }

/**
 * What to answer. Conditions come before the range; one range is served, and several are answered
 * with the whole file, as is what is not a range of bytes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.2
 */
export const partOf = (method: string, headers: Headers, file: Served): Part => {
  const condition = conditionOf(headers, file)
  if (condition !== undefined) return { type: condition }
  const range = headers.get('range')
  // GET alone has ranges.
  if (range === null || method !== 'GET' || !isSame(headers.get('if-range'), file)) {
    return { type: 'whole' }
  }
  return rangeOf(range, file.size)
}

const conditionOf = (
  headers: Headers,
  file: Served,
): 'not_modified' | 'precondition_failed' | undefined => {
  const match = headers.get('if-match')
  const unmodifiedSince = secondsOf(headers.get('if-unmodified-since'))
  if (match === null) {
    if (unmodifiedSince !== undefined && modifiedSeconds(file) > unmodifiedSince) {
      return 'precondition_failed'
    }
  } else if (!hasTag(match, file.etag)) return 'precondition_failed'
  const noneMatch = headers.get('if-none-match')
  const modifiedSince = secondsOf(headers.get('if-modified-since'))
  if (noneMatch === null) {
    return modifiedSince !== undefined && modifiedSeconds(file) <= modifiedSince
      ? 'not_modified'
      : undefined
  }
  return hasTag(noneMatch.replaceAll('W/', ''), file.etag) ? 'not_modified' : undefined
}

const hasTag = (list: string, etag: string): boolean =>
  list.trim() === '*' || list.split(',').some((tag) => tag.trim() === etag)

/** Whether the part that the caller has is of this very file: else it gets the whole. */
const isSame = (ifRange: string | null, file: Served): boolean =>
  ifRange === null || ifRange.trim() === file.etag || secondsOf(ifRange) === modifiedSeconds(file)

const rangeOf = (text: string, size: number): Part => {
  const [, first = '', last = ''] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(text) ?? []
  if (first === '' && last === '') return { type: 'whole' }
  // A suffix: so many bytes from the end.
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (first !== '' && last !== '' && Number(last) < Number(first)) return { type: 'whole' }
  if (from > to || from >= size) return { type: 'unsatisfiable' }
  return { type: 'range', offset: from, length: to - from + 1 }
}

/** Dates of HTTP have whole seconds; undefined for what is none. */
const secondsOf = (text: string | null): number | undefined => {
  const ms = text === null || !text.endsWith(' GMT') ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms / 1000
}

const modifiedSeconds = ({ lastModifiedMs }: Served): number => Math.floor(lastModifiedMs / 1000)

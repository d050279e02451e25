/** HTTP conditions and ranges: which part of a file a request gets, if any. */

export interface Served {
  readonly size: number
  /** A strong validator, with its quotes. */
  readonly etag: string
  readonly lastModifiedMs: number
}

export type Part =
  | { readonly type: 'whole' }
  /** `length` bytes from `offset`. */
  | { readonly type: 'range'; readonly offset: number; readonly length: number }
  | { readonly type: 'not_modified' | 'precondition_failed' | 'unsatisfiable' }

/**
 * Evaluates the conditions first, then the range. Only a single byte range is served; several
 * ranges, or another unit, get the whole file.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.2
 */
export const partOf = (method: string, headers: Headers, file: Served): Part => {
  const condition = conditionOf(headers, file)
  if (condition !== undefined) return { type: condition }
  const range = headers.get('range')
  // Only GET has ranges.
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

/** Whether the caller's part is of this very file. If not, the caller gets the whole file. */
const isSame = (ifRange: string | null, file: Served): boolean =>
  ifRange === null || ifRange.trim() === file.etag || secondsOf(ifRange) === modifiedSeconds(file)

const rangeOf = (text: string, size: number): Part => {
  const [, first = '', last = ''] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(text) ?? []
  if (first === '' && last === '') return { type: 'whole' }
  // A suffix: that many bytes from the end.
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (first !== '' && last !== '' && Number(last) < Number(first)) return { type: 'whole' }
  if (from > to || from >= size) return { type: 'unsatisfiable' }
  return { type: 'range', offset: from, length: to - from + 1 }
}

/** HTTP dates have whole seconds; undefined if the text is not one. */
const secondsOf = (text: string | null): number | undefined => {
  const ms = text === null || !text.endsWith(' GMT') ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms / 1000
}

const modifiedSeconds = ({ lastModifiedMs }: Served): number => Math.floor(lastModifiedMs / 1000)

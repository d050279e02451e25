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
  const match = headers.get('if-match')
  const isOther =
    match === null
      ? modifiedSeconds(file) > secondsOf(headers.get('if-unmodified-since'))
      : !hasTag(match, file.etag)
  if (isOther) return { type: 'precondition_failed' }
  const noneMatch = headers.get('if-none-match')
  const isKnown =
    noneMatch === null
      ? modifiedSeconds(file) <= secondsOf(headers.get('if-modified-since'))
      : hasTag(noneMatch.replaceAll('W/', ''), file.etag)
  if (isKnown) return { type: 'not_modified' }
  const range = headers.get('range')
  // Only GET has ranges.
  return range !== null && method === 'GET' && isSame(headers.get('if-range'), file)
    ? rangeOf(range, file.size)
    : { type: 'whole' }
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

/** HTTP dates have whole seconds; NaN, which compares with nothing, if the text is not one. */
const secondsOf = (text: string | null): number =>
  text?.endsWith(' GMT') ? Date.parse(text) / 1000 : Number.NaN

const modifiedSeconds = ({ lastModifiedMs }: Served): number => Math.floor(lastModifiedMs / 1000)

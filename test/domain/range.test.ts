import { expect, it } from 'vitest'
import { partOf, type Part } from '../../src/domain/range.ts'

const FILE = {
  size: 1000,
  etag: '"gen_1"',
  lastModifiedMs: Date.parse('2026-11-28T10:00:00Z') + 345,
}
const NOW = 'Sat, 28 Nov 2026 10:00:00 GMT'
const BEFORE = 'Sat, 28 Nov 2026 09:59:59 GMT'
const WHOLE: Part = { type: 'whole' }
const range = (offset: number, length: number): Part => ({ type: 'range', offset, length })
const none = (type: 'not_modified' | 'precondition_failed' | 'unsatisfiable'): Part => ({ type })

/** What RFC 9110 requires for the headers of a GET. */
const GETS: readonly (readonly [Record<string, string>, Part])[] = [
  [{}, WHOLE],
  [{ range: 'bytes=0-' }, range(0, 1000)],
  [{ range: 'bytes=0-0' }, range(0, 1)],
  [{ range: 'bytes=0-999' }, range(0, 1000)],
  [{ range: 'bytes=0-1000000' }, range(0, 1000)],
  [{ range: 'bytes=999-' }, range(999, 1)],
  [{ range: 'bytes=200-299' }, range(200, 100)],
  [{ range: 'bytes=-1' }, range(999, 1)],
  [{ range: 'bytes=-200' }, range(800, 200)],
  [{ range: 'bytes=-2000' }, range(0, 1000)],
  [{ range: 'BYTES=5-9' }, range(5, 5)],
  [{ range: 'bytes=1000-' }, none('unsatisfiable')],
  [{ range: 'bytes=5000-6000' }, none('unsatisfiable')],
  [{ range: 'bytes=-0' }, none('unsatisfiable')],
  // An invalid range is ignored.
  [{ range: 'bytes=9-5' }, WHOLE],
  [{ range: 'bytes=' }, WHOLE],
  [{ range: 'bytes=-' }, WHOLE],
  [{ range: 'bytes=a-b' }, WHOLE],
  [{ range: 'bytes=1.5-9' }, WHOLE],
  [{ range: 'seconds=0-5' }, WHOLE],
  [{ range: 'bytes=0-1,5-9' }, WHOLE],
  [{ range: 'bytes=5-9', 'if-range': '"gen_1"' }, range(5, 5)],
  [{ range: 'bytes=5-9', 'if-range': '"gen_2"' }, WHOLE],
  [{ range: 'bytes=5-9', 'if-range': 'W/"gen_1"' }, WHOLE],
  [{ range: 'bytes=5-9', 'if-range': NOW }, range(5, 5)],
  [{ range: 'bytes=5-9', 'if-range': BEFORE }, WHOLE],
  [{ 'if-none-match': '"gen_1"' }, none('not_modified')],
  [{ 'if-none-match': '"a", W/"gen_1"' }, none('not_modified')],
  [{ 'if-none-match': '*' }, none('not_modified')],
  [{ 'if-none-match': '"gen_2"' }, WHOLE],
  [{ 'if-none-match': '"gen_1"', range: 'bytes=5-9' }, none('not_modified')],
  [{ 'if-none-match': '"gen_2"', 'if-modified-since': NOW }, WHOLE],
  [{ 'if-modified-since': NOW }, none('not_modified')],
  [{ 'if-modified-since': BEFORE }, WHOLE],
  [{ 'if-modified-since': 'yesterday' }, WHOLE],
  [{ 'if-match': '"gen_1"' }, WHOLE],
  [{ 'if-match': '*', range: 'bytes=5-9' }, range(5, 5)],
  [{ 'if-match': '"gen_2"' }, none('precondition_failed')],
  [{ 'if-match': 'W/"gen_1"' }, none('precondition_failed')],
  [{ 'if-unmodified-since': NOW }, WHOLE],
  [{ 'if-unmodified-since': BEFORE, range: 'bytes=5-9' }, none('precondition_failed')],
  [{ 'if-match': '"gen_1"', 'if-unmodified-since': BEFORE }, WHOLE],
]

it.each(GETS)('answers a GET with %j as RFC 9110 requires', (headers, part) => {
  expect(partOf('GET', new Headers(headers), FILE)).toEqual(part)
})

it('honours conditions but no ranges on a HEAD', () => {
  const head = (headers: Record<string, string>) => partOf('HEAD', new Headers(headers), FILE)
  expect(head({ range: 'bytes=5-9' })).toEqual(WHOLE)
  expect(head({ 'if-none-match': '"gen_1"' })).toEqual(none('not_modified'))
})

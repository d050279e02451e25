import { expect, test } from 'vitest'
import { readPrefer } from '../../src/domain/prefer.ts'

test.each([
  ['wait=10', 10],
  ['wait', 60],
  ['wait=0', 0],
  ['wait=60', 60],
  ['wait=61', 60],
  ['wait=99999999999999999999', 60],
  ['wait="10"', 10],
  ['WAIT=10', 10],
  [' wait = 10 ', 10],
  ['respond-async, wait=10', 10],
  ['wait=10, respond-async', 10],
  ['wait=10; priority=low', 10],
  ['wait; foo=bar', 60],
  ['handling=lenient;wait=5, wait=7', 7],
  // Of two waits, the first counts.
  ['wait=10, wait=20', 10],
  // An empty value is no value.
  ['wait=', 60],
  ['wait=""', 60],
  // Commas and semicolons in a quoted value separate nothing.
  ['foo="a, wait=5; b", wait=7', 7],
])('%s waits %i s', (header, seconds) => expect(readPrefer(header)).toBe(seconds))

test.each([
  undefined,
  '',
  ' ',
  ',',
  'respond-async',
  'return=minimal',
  'waiting=5',
  'foo="wait=5"',
])('%s asks for no wait', (header) => expect(readPrefer(header)).toBeNull())

test.each(['wait=soon', 'wait=-1', 'wait=1.5', 'wait=1e1', 'wait=10s', 'wait=5 5', 'wait==5'])(
  '%s is invalid',
  (header) => expect(readPrefer(header)).toBe('invalid'),
)

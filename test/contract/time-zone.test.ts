import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { timeZone } from '../../src/contract/account.ts'

test.each([
  ['europe/paris', 'Europe/Paris'],
  ['America/PORT-AU-PRINCE', 'America/Port-au-Prince'],
  ['utc', 'UTC'],
  ['etc/gmt+5', 'Etc/GMT+5'],
  // The runtime knows these by an older name; a user may not.
  ['Asia/Kolkata', 'Asia/Kolkata'],
  ['asia/ho_chi_minh', 'Asia/Ho_Chi_Minh'],
  ['Europe/Kyiv', 'Europe/Kyiv'],
  ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  // Another name for a zone gives the zone's own name.
  ['US/Eastern', 'America/New_York'],
  ['Australia/NSW', 'Australia/Sydney'],
  ['Zulu', 'UTC'],
])('%s reads as %s', (asked, known) => {
  expect(timeZone.parse(asked)).toBe(known)
  expect(timeZone.parse(known)).toBe(known)
})

test('a name has one spelling, whatever case it comes in', () => {
  const names = [...Intl.supportedValuesOf('timeZone'), 'Asia/Kolkata', 'Etc/UTC', 'EST5EDT']
  const spelled = fc.constantFrom(...names).chain((name) =>
    fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }).map((raised) => {
      const letters = name
        .split('')
        .map((letter, at) => (raised[at] ? letter.toUpperCase() : letter.toLowerCase()))
      return [name, letters.join('')] as const
    }),
  )
  fc.assert(
    fc.property(spelled, ([name, asked]) => {
      expect(timeZone.parse(asked)).toBe(timeZone.parse(name))
    }),
    { numRuns: 500 },
  )
})

import { expect, test } from 'vitest'
import { addressOf, parseRoute, type Route } from '../../src/playground/route.ts'

const GEN = 'gen_01k88z00000123456789abcdef'
const OTHER = 'gen_01k88z0000fedcba9876543210'
const SCHEDULE = 'sch_01k88z00000123456789abcdef'

test.each<[string, Route]>([
  ['#/', { view: 'generate', ids: [] }],
  [`#/g/${GEN},${OTHER}`, { view: 'generate', ids: [GEN, OTHER] }],
  ['#/history', { view: 'history', ids: [] }],
  [`#/history/${GEN}`, { view: 'history', ids: [GEN] }],
  [`#/schedules/${SCHEDULE}`, { view: 'schedules', ids: [SCHEDULE] }],
  ['#/schedules/new', { view: 'schedules', ids: ['new'] }],
  ['#/usage', { view: 'usage', ids: [] }],
])('%s is a view’s address', (hash, route) => {
  expect(parseRoute(hash)).toEqual(route)
  expect(addressOf(route.view, route.ids)).toBe(hash)
})

test.each(['', '#', '#prompt=x', '#/g/../../v1/keys', '#/nothing', '#/g/<img>'])(
  '%j leads to the first page',
  (hash) => {
    expect(parseRoute(hash)).toEqual({ view: 'generate', ids: [] })
  },
)

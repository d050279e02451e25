import { expect, test } from 'vitest'
import {
  afterAttempt,
  changeEndpoint,
  disabled,
  type EndpointRecord,
  newEndpoint,
  previousUntilMs,
  rotated,
  signingSecrets,
  wants,
} from '../../../src/domain/webhook/endpoint.ts'

const NOW_MS = Date.parse('2026-11-28T12:00:00Z')
const DAY_MS = 86_400_000

const ENDPOINT = newEndpoint(
  { url: 'https://example.com/hook' },
  { id: 'wh_1', keyId: 'key_1', secrets: [] },
  NOW_MS,
)
const FAILING: EndpointRecord = { ...ENDPOINT, failingSinceMs: NOW_MS }

test.each([
  ['alive', ENDPOINT, 0, { failingSinceMs: null, disabledReason: null }],
  ['alive', FAILING, DAY_MS, { failingSinceMs: null, disabledReason: null }],
  ['failing', ENDPOINT, 0, { failingSinceMs: NOW_MS, disabledReason: null }],
  ['failing', FAILING, 9 * DAY_MS, { failingSinceMs: NOW_MS, disabledReason: null }],
  ['given_up', FAILING, DAY_MS, { failingSinceMs: NOW_MS, disabledReason: null }],
  ['given_up', FAILING, 3 * DAY_MS, { disabledReason: 'failing' }],
  ['gone', ENDPOINT, 0, { disabledReason: 'gone' }],
] as const)('updates an endpoint whose health is %s', (health, before, afterMs, after) => {
  expect(afterAttempt(before, health, NOW_MS + afterMs)).toMatchObject(after)
})

test('wants all events, or those that it names, and none once it is disabled', () => {
  expect(wants(ENDPOINT, 'schedule.paused')).toBe(true)
  const named = { ...ENDPOINT, events: ['generation.failed'] as const }
  expect(wants(named, 'generation.failed')).toBe(true)
  expect(wants(named, 'schedule.paused')).toBe(false)
  expect(wants(disabled(ENDPOINT, 'gone', NOW_MS), 'generation.failed')).toBe(false)
})

test('keeps why it was disabled, and then belongs to the key that enables it again', () => {
  const gone = disabled(FAILING, 'gone', NOW_MS)
  expect(disabled(gone, 'key_revoked', NOW_MS).disabledReason).toBe('gone')
  const kept = { disabledReason: 'gone', keyId: 'key_1' }
  expect(changeEndpoint(gone, { enabled: false }, 'key_2', NOW_MS)).toMatchObject(kept)
  const enabled = { disabledReason: null, failingSinceMs: null, keyId: 'key_2' }
  expect(changeEndpoint(gone, { enabled: true }, 'key_2', NOW_MS)).toMatchObject(enabled)
})

test('a secret stays valid for a day after the next one is made, and at most two sign', () => {
  const one = rotated([], 'a', NOW_MS)
  const two = rotated(one, 'b', NOW_MS)
  const three = rotated(two, 'c', NOW_MS)
  expect(signingSecrets(two, NOW_MS + DAY_MS - 1)).toEqual(['b', 'a'])
  expect(signingSecrets(two, NOW_MS + DAY_MS)).toEqual(['b'])
  expect(signingSecrets(three, NOW_MS)).toEqual(['c', 'b'])
  const previous = [one, two].map((secrets) => previousUntilMs(secrets, NOW_MS))
  expect(previous).toEqual([null, NOW_MS + DAY_MS])
})

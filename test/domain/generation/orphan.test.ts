import { expect, test } from 'vitest'
import {
  identityOf,
  type Orphan,
  ORPHAN_MS,
  orphanFor,
} from '../../../src/domain/generation/orphan.ts'

const NOW_MS = 1_000_000
const ORPHAN: Orphan = { generationId: 'gen_1', untilMs: NOW_MS + ORPHAN_MS, takenBy: null }

test('a request is a repeat if its key, route and whole body are the same', () => {
  const identity = (
    key = 'key_1',
    route = '/v1/generations',
    call = '["create"]',
    accept = false,
  ) => identityOf(key, route, call, { accept })
  const others = [
    identity('key_2'),
    identity('key_1', '/queue'),
    identity('key_1', '/v1/generations', '["retry"]'),
    identity('key_1', '/v1/generations', '["create"]', true),
  ]
  expect(identity()).toBe(identity())
  expect(others).not.toContain(identity())
})

test('an orphan can be taken until its minute is over, the oldest first', () => {
  expect(orphanFor('gen_2', [ORPHAN], ORPHAN.untilMs - 1)).toBe(ORPHAN)
  expect(orphanFor('gen_2', [ORPHAN], ORPHAN.untilMs)).toBeUndefined()
  expect(orphanFor('gen_2', [], NOW_MS)).toBeUndefined()
  const newer = { ...ORPHAN, generationId: 'gen_0', untilMs: ORPHAN.untilMs + 1 }
  expect(orphanFor('gen_2', [newer, ORPHAN], NOW_MS)).toBe(ORPHAN)
})

test('a taken orphan goes only to the request that took it, however often that asks', () => {
  const taken = { ...ORPHAN, takenBy: 'gen_2' }
  expect(orphanFor('gen_3', [taken], NOW_MS)).toBeUndefined()
  expect(orphanFor('gen_2', [ORPHAN, taken], NOW_MS)).toBe(taken)
})

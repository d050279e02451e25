import { expect, test } from 'vitest'
import { archived, nextArchiveTryMs, toArchive } from '../../../src/domain/generation/archive.ts'
import { DAY_MS, EXAMPLES, NOW_MS, OBSERVATIONS, VIDEO } from './example.ts'

test('archives a video once, whether it came in time or late', () => {
  const failure = { ...EXAMPLES.failed_by_fal.failure, lateVideo: VIDEO }
  const late = { ...EXAMPLES.failed_by_fal, failure }
  for (const before of [EXAMPLES.completed, late]) {
    expect(toArchive(before)).toEqual(VIDEO)
    for (const learned of [OBSERVATIONS.archived, OBSERVATIONS.not_archived]) {
      const { generation, events } = archived(before, learned, NOW_MS)
      expect([toArchive(generation), generation.revision, events]).toEqual([null, 1, []])
      expect([generation.status, generation.cost]).toEqual([before.status, before.cost])
      expect(archived(generation, OBSERVATIONS.archived, NOW_MS).generation).toBe(generation)
    }
  }
  for (const before of [EXAMPLES.queued, EXAMPLES.canceled, EXAMPLES.failed_by_fal]) {
    expect(toArchive(before)).toBeNull()
  }
})

test('retries after ever longer pauses, until fal no longer has the file', () => {
  let nowMs = 0
  const pauses: number[] = []
  for (let tries = 1; ; tries++) {
    const nextMs = nextArchiveTryMs(0, tries, nowMs)
    if (nextMs === undefined) break
    pauses.push((nextMs - nowMs) / 60_000)
    nowMs = nextMs
  }
  expect(pauses.slice(0, 10)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 360])
  expect(nowMs).toBeGreaterThan(7 * DAY_MS)
})

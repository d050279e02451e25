import { expect, it } from 'vitest'
import type { Batch } from '../../src/account/generations/feeds.ts'
import { createEventStream } from '../../src/account/generations/streams.ts'

const BATCH_BYTES = 40 * 1024

/** A log of so many events, each of which fills more than half of what a stream may hold. */
const feedOf = (lastSeq: number) => {
  const asked: number[] = []
  const after = (seq: number): Batch | undefined => {
    asked.push(seq)
    const bytes = new Uint8Array(BATCH_BYTES)
    return seq < lastSeq ? { lastSeq: seq + 1, bytes } : undefined
  }
  return { feed: { after, lastSeq: () => lastSeq, isOver: () => false }, asked }
}

const openOn = (feed: ReturnType<typeof feedOf>['feed']) => {
  const stream = createEventStream(feed, 0, Infinity)
  let ends = 0
  const body = stream.open(() => (ends += 1))
  return { stream, reader: body.getReader(), ends: () => ends }
}

it('leaves what a reader does not take in the log, and ends after five heartbeats', async () => {
  const { feed, asked } = feedOf(100)
  const { stream, reader, ends } = openOn(feed)
  expect(asked).toEqual([0, 1])
  for (let beats = 0; beats < 4; beats++) {
    stream.beat()
    stream.wake()
  }
  expect(ends()).toBe(0)
  stream.beat()
  expect(ends()).toBe(1)
  expect(asked).toEqual([0, 1])
  let chunks = 0
  while (!(await reader.read()).done) chunks++
  // The hint when to come back, and the two that there was room for.
  expect(chunks).toBe(3)
})

it('goes on where it was as soon as its reader takes something', async () => {
  const { feed, asked } = feedOf(4)
  const { stream, reader, ends } = openOn(feed)
  for (let beats = 0; beats < 4; beats++) stream.beat()
  for (let chunks = 0; chunks < 5; chunks++) expect((await reader.read()).done).toBe(false)
  for (let beats = 0; beats < 4; beats++) stream.beat()
  expect([ends(), new Set(asked)]).toEqual([0, new Set([0, 1, 2, 3, 4])])
})

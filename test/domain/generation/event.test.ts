import { describe, expect, test } from 'vitest'
import { generationEvent, STATE_EVENTS } from '../../../src/contract/events.ts'
import { numberEvents, renderEvent } from '../../../src/domain/generation/event.ts'
import type { StoredEvent } from '../../../src/domain/generation/event.ts'
import { renderGeneration } from '../../../src/domain/generation/render.ts'
import type { EventDraft } from '../../../src/domain/generation/change.ts'
import { EXAMPLES, LINE, NOW_MS, SECOND_MS } from './example.ts'

const AFTER = EXAMPLES.in_progress
const EMPTY = { lastSeq: 0, lastPositionAtMs: null }
const log = (message = LINE.message) =>
  ({ type: 'generation.log', line: { ...LINE, message } }) as const satisfies EventDraft
const position = (queuePosition = 1) =>
  ({ type: 'generation.queue_position', queuePosition }) as const satisfies EventDraft
/** So many lines at once. */
const logs = (length: number) => Array.from({ length }, () => log())
const state: EventDraft = { type: 'generation.in_progress' }
const seqs = (events: readonly StoredEvent[]) => events.map((event) => event.seq)

describe('numbering', () => {
  test('begins at 1, in the order of the drafts', () => {
    const events = numberEvents([state, log()], { ...AFTER, logCount: 1 }, EMPTY, NOW_MS)
    const { input: _input, metadata: _metadata, ...snapshot } = { ...AFTER, logCount: 1 }
    expect(events).toEqual([
      { seq: 1, atMs: NOW_MS, type: 'generation.in_progress', snapshot },
      { seq: 2, atMs: NOW_MS, type: 'generation.log', line: LINE },
    ])
  })

  test('goes on from the last event, and leaves no gap where an event is left out', () => {
    const events = numberEvents([state, position()], AFTER, { ...EMPTY, lastSeq: 41 }, NOW_MS)
    expect(seqs(events)).toEqual([42, 43])
    const size = { lastSeq: 5, lastPositionAtMs: NOW_MS }
    expect(seqs(numberEvents([state, position(), state], AFTER, size, NOW_MS))).toEqual([6, 7])
    expect(numberEvents([], AFTER, size, NOW_MS)).toEqual([])
  })
})

describe('bounds', () => {
  test('at most 400 events, of which the last are kept for changes of state', () => {
    const full = { ...EMPTY, lastSeq: 384 }
    expect(numberEvents([log(), position()], AFTER, full, NOW_MS)).toEqual([])
    expect(seqs(numberEvents([state], AFTER, full, NOW_MS))).toEqual([385])
    const after = { ...AFTER, logCount: 500 }
    const events = numberEvents(logs(500), after, { ...EMPTY, lastSeq: 300 }, NOW_MS)
    expect(events.at(-1)?.seq).toBe(384)
  })

  test('at most 200 log lines of a thousand characters, in however many looks they come', () => {
    expect(numberEvents(logs(300), { ...AFTER, logCount: 300 }, EMPTY, NOW_MS)).toHaveLength(200)
    const told = { ...EMPTY, lastSeq: 150 }
    expect(numberEvents(logs(100), { ...AFTER, logCount: 250 }, told, NOW_MS)).toHaveLength(50)
    expect(numberEvents([log()], { ...AFTER, logCount: 251 }, told, NOW_MS)).toEqual([])
    const [long] = numberEvents([log('x'.repeat(5000))], { ...AFTER, logCount: 1 }, EMPTY, NOW_MS)
    expect(long).toMatchObject({ line: { ...LINE, message: 'x'.repeat(1000) } })
  })
})

test('queue positions are told at most every two seconds, and once at a time', () => {
  const size = { lastSeq: 1, lastPositionAtMs: NOW_MS }
  expect(numberEvents([position()], AFTER, size, NOW_MS + 2 * SECOND_MS - 1)).toEqual([])
  const events = numberEvents([position(0)], AFTER, size, NOW_MS + 2 * SECOND_MS)
  expect(events).toMatchObject([{ type: 'generation.queue_position', queuePosition: 0 }])
  expect(numberEvents([position(2), position(1)], AFTER, EMPTY, NOW_MS)).toHaveLength(1)
})

describe('what a caller sees', () => {
  test('is a change with the generation as it was then, a log line, or a position', () => {
    const drafts = [state, log(), position(0)]
    const events = numberEvents(drafts, { ...AFTER, logCount: 1 }, EMPTY, NOW_MS)
    const envelope = { generation_id: AFTER.id, created_at: new Date(NOW_MS).toISOString() }
    const { message, level, timestamp: logged_at } = LINE
    expect(events.map((event) => renderEvent(event, EXAMPLES.completed))).toEqual([
      { id: 1, ...envelope, type: 'generation.in_progress', generation: renderGeneration(AFTER) },
      { id: 2, ...envelope, type: 'generation.log', message, level, logged_at },
      { id: 3, ...envelope, type: 'generation.queue_position', queue_position: 0 },
    ])
  })

  test.each([...STATE_EVENTS.map((type): EventDraft => ({ type })), log(), position()])(
    '$type is what the contract says',
    (draft) => {
      const [event] = numberEvents([draft], { ...AFTER, logCount: 1 }, EMPTY, NOW_MS)
      const rendered = event && renderEvent(event, AFTER)
      expect(generationEvent.parse(rendered)).toEqual(rendered)
    },
  )
})

import { expect, test } from 'vitest'
import { generationEvent, STATE_EVENTS } from '../../../src/contract/events.ts'
import { numberEvents, renderEvent } from '../../../src/domain/generation/event.ts'
import type { StoredEvent } from '../../../src/domain/generation/event.ts'
import { renderGeneration } from '../../../src/domain/generation/render.ts'
import type { EventDraft } from '../../../src/domain/generation/change.ts'
import { EXAMPLES, LINE, NOW_MS, SECOND_MS } from './example.ts'

const AFTER = EXAMPLES.in_progress
const EMPTY = { lastSeq: 0, lastPositionAtMs: null as number | null }
const log = (message = LINE.message) =>
  ({ type: 'generation.log', line: { ...LINE, message } }) as const satisfies EventDraft
const position = (queuePosition = 1) =>
  ({ type: 'generation.queue_position', queuePosition }) as const satisfies EventDraft
/** This many lines at once. */
const logs = (length: number) => Array.from({ length }, () => log())
const state: EventDraft = { type: 'generation.in_progress' }
const seqs = (events: readonly StoredEvent[]) => events.map((event) => event.seq)

/** Numbers one moment's drafts after the given events and lines. */
const numbered = (drafts: readonly EventDraft[], size: Partial<typeof EMPTY> = {}, logCount = 0) =>
  numberEvents(drafts, { ...AFTER, logCount }, { ...EMPTY, ...size }, NOW_MS)

test('numbering starts at 1 and follows the order of the drafts', () => {
  const { input: _input, metadata: _metadata, ...snapshot } = { ...AFTER, logCount: 1 }
  expect(numbered([state, log()], {}, 1)).toEqual([
    { seq: 1, atMs: NOW_MS, type: 'generation.in_progress', snapshot },
    { seq: 2, atMs: NOW_MS, type: 'generation.log', line: LINE },
  ])
})

test('numbering continues from the last event, and leaves no gap when an event is dropped', () => {
  expect(seqs(numbered([state, position()], { lastSeq: 41 }))).toEqual([42, 43])
  const size = { lastSeq: 5, lastPositionAtMs: NOW_MS }
  expect(seqs(numbered([state, position(), state], size))).toEqual([6, 7])
  expect(numbered([], size)).toEqual([])
})

test('keeps at most 400 events, the last of them reserved for state changes', () => {
  expect(numbered([log(), position()], { lastSeq: 384 })).toEqual([])
  expect(seqs(numbered([state], { lastSeq: 384 }))).toEqual([385])
  expect(seqs(numbered(logs(500), { lastSeq: 300 }, 500)).at(-1)).toBe(384)
})

test('keeps at most 200 log lines of a thousand characters, however many looks bring them', () => {
  expect(numbered(logs(300), {}, 300)).toHaveLength(200)
  expect(numbered(logs(100), { lastSeq: 150 }, 250)).toHaveLength(50)
  expect(numbered([log()], { lastSeq: 150 }, 251)).toEqual([])
  const line = { ...LINE, message: 'x'.repeat(1000) }
  expect(numbered([log('x'.repeat(5000))], {}, 1)).toMatchObject([{ line }])
})

test('reports a queue position at most every two seconds, and only one at a time', () => {
  expect(numbered([position()], { lastPositionAtMs: NOW_MS - 2 * SECOND_MS + 1 })).toEqual([])
  const events = numbered([position(0)], { lastPositionAtMs: NOW_MS - 2 * SECOND_MS })
  expect(events).toMatchObject([{ type: 'generation.queue_position', queuePosition: 0 }])
  expect(numbered([position(2), position(1)])).toHaveLength(1)
})

test('a caller sees a state change with the generation as it was then, a log line, or a position', () => {
  const envelope = { generation_id: AFTER.id, created_at: new Date(NOW_MS).toISOString() }
  const { message, level, timestamp: logged_at } = LINE
  const events = numbered([state, log(), position(0)], {}, 1)
  expect(events.map((event) => renderEvent(event, EXAMPLES.completed))).toEqual([
    { id: 1, ...envelope, type: 'generation.in_progress', generation: renderGeneration(AFTER) },
    { id: 2, ...envelope, type: 'generation.log', message, level, logged_at },
    { id: 3, ...envelope, type: 'generation.queue_position', queue_position: 0 },
  ])
})

test.each([...STATE_EVENTS.map((type): EventDraft => ({ type })), log(), position()])(
  '$type matches the contract',
  (draft) => {
    const [rendered] = numbered([draft], {}, 1).map((event) => renderEvent(event, AFTER))
    expect(generationEvent.parse(rendered)).toEqual(rendered)
  },
)

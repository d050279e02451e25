/** Events of generations and of their account: what is stored of each, and what callers see. */
import type {
  AccountEvent as AccountEventView,
  AccountEventType,
  GenerationEvent,
  StateEventType,
} from '../../contract/events.ts'
import { toIso } from '../../contract/units.ts'
import { readDocument } from '../document.ts'
import { type GenerationRecord, LACKING } from './generation.ts'
import { NO_HOLDUP, renderGeneration } from './render.ts'
import type { EventDraft } from './change.ts'

/** The account's object sends each change to every stream at once. */
export const MAX_STREAMS_OF_GENERATION = 1000
/** A client secret belongs to one page, which may be open in a few tabs. */
export const MAX_STREAMS_OF_CLIENT_SECRET = 5
/** The account's object sends each write to a generation to every stream at once. */
export const MAX_STREAMS_OF_ACCOUNT = 10
/** An open stream keeps the object awake and billed, so each ends after this; clients resume. */
export const MAX_ACCOUNT_STREAM_MS = 15 * 60_000

export type StoredEvent = { readonly seq: number; readonly atMs: number } & (
  | {
      readonly type: StateEventType
      /** The record at that time, without the fields that never change. */
      readonly snapshot: Omit<GenerationRecord, 'input' | 'metadata'>
    }
  | Exclude<EventDraft, { readonly type: StateEventType }>
)

export const readEvent = (text: string): StoredEvent => {
  const event = readDocument<StoredEvent>(text)
  return 'snapshot' in event ? { ...event, snapshot: { ...LACKING, ...event.snapshot } } : event
}

/** Leaves room for the few events that report a change of state. */
const MAX_EVENTS = 400
const ROOM_FOR_STATES = 16
const MAX_LOG_LINES = 200
const MAX_LINE_CHARS = 1000
const POSITION_GAP_MS = 2000

/** The events to append: the drafts, numbered, bounded, and with the present record. */
export const numberEvents = (
  drafts: readonly EventDraft[],
  after: GenerationRecord,
  size: { readonly lastSeq: number; readonly lastPositionAtMs: number | null },
  nowMs: number,
): StoredEvent[] => {
  const events: StoredEvent[] = []
  let { lastSeq: seq, lastPositionAtMs } = size
  let logLines = after.logCount - drafts.filter((draft) => draft.type === 'generation.log').length
  for (const draft of drafts) {
    const numbered = { seq: seq + 1, atMs: nowMs }
    if (draft.type === 'generation.log') {
      logLines++
      if (seq >= MAX_EVENTS - ROOM_FOR_STATES || logLines > MAX_LOG_LINES) continue
      const message = draft.line.message.slice(0, MAX_LINE_CHARS)
      events.push({ ...numbered, type: draft.type, line: { ...draft.line, message } })
    } else if (draft.type === 'generation.queue_position') {
      if (seq >= MAX_EVENTS - ROOM_FOR_STATES) continue
      if (lastPositionAtMs !== null && nowMs - lastPositionAtMs < POSITION_GAP_MS) continue
      lastPositionAtMs = nowMs
      events.push({ ...numbered, type: draft.type, queuePosition: draft.queuePosition })
    } else {
      const { input: _input, metadata: _metadata, ...snapshot } = after
      events.push({ ...numbered, type: draft.type, snapshot })
    }
    seq++
  }
  return events
}

/** An event as a caller sees it. `current` supplies the fields that never change. */
export const renderEvent = (
  event: StoredEvent,
  current: GenerationRecord,
  origin: string | null = null,
): GenerationEvent => {
  const envelope = { id: event.seq, generation_id: current.id, created_at: toIso(event.atMs) }
  switch (event.type) {
    case 'generation.queue_position':
      return { ...envelope, type: event.type, queue_position: event.queuePosition }
    case 'generation.log': {
      const { message, level, timestamp: logged_at } = event.line
      return { ...envelope, type: event.type, message, level, logged_at }
    }
    default: {
      const { input, metadata } = current
      const then = { ...event.snapshot, input, metadata }
      const generation = renderGeneration(then, { expected: null, holdup: NO_HOLDUP, origin })
      return { ...envelope, type: event.type, generation }
    }
  }
}

/** A generation's event with its present record, or its deletion, or another kind of event. */
export type AccountEvent = { readonly seq: number; readonly atMs: number } & (
  | { readonly type: OwnEventType; readonly data: object }
  | { readonly type: 'generation.deleted'; readonly generationId: string }
  | {
      readonly type: StateEventType
      readonly generationId: string
      readonly event: StoredEvent
      readonly record: GenerationRecord
    }
)

export type OwnEventType = Exclude<AccountEventType, StateEventType | 'generation.deleted'>

export interface EventPageRequest {
  /** The events after this one, or none of the past; null: from the oldest kept. */
  readonly after: number | 'now' | null
  readonly limit: number
  /** Null: all types. */
  readonly types: readonly AccountEventType[] | null
}

export type EventPage =
  | {
      readonly type: 'page'
      readonly events: readonly AccountEvent[]
      /** The next page begins after it. */
      readonly cursor: number
      readonly hasMore: boolean
    }
  /** Some of the requested events are no longer kept. */
  | { readonly type: 'expired' }

export const renderAccountEvent = (
  event: AccountEvent,
  origin: string | null,
): AccountEventView => {
  const { seq: id, atMs, type } = event
  if ('data' in event) {
    const told = { id, type, generation_id: null, created_at: toIso(atMs), data: event.data }
    return told as AccountEventView
  }
  if (event.type === 'generation.deleted') {
    return { id, type: event.type, generation_id: event.generationId, created_at: toIso(atMs) }
  }
  return { ...renderEvent(event.event, event.record, origin), id } as AccountEventView
}

/** Events of an account, numbered within the account. */
import type {
  AccountEvent as AccountEventView,
  AccountEventType,
  StateEventType,
} from '../contract/events.ts'
import { toIso } from '../contract/units.ts'
import { renderEvent, type StoredEvent } from './generation/event.ts'
import type { GenerationRecord } from './generation/generation.ts'

/** The account's object sends each write to a generation to every stream at once. */
export const MAX_STREAMS_OF_ACCOUNT = 10
/** An open stream keeps the object awake and billed, so each ends after this; clients resume. */
export const MAX_ACCOUNT_STREAM_MS = 15 * 60_000

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

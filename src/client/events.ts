/** The events of one generation, or of all of an account's. */
import type { AccountEvent, AccountEventType, GenerationEvent } from '../contract/events.ts'
import { isFinal } from '../contract/status.ts'
import type { Connection, Page } from './connection.ts'
import { follow } from './event-stream.ts'
import { sleep } from './patience.ts'

/** Options of `PikaClient.events`. */
export interface EventsOptions {
  /** Ends the iteration by throwing the signal's reason. It cancels nothing at the gateway. */
  readonly signal?: AbortSignal | undefined
  /** The number of the last event already seen. Default: 0, which starts at the first event. */
  readonly lastEventId?: number | undefined
}

/** Options of `PikaClient.accountEvents`. */
export interface AccountEventsOptions {
  /** Ends the iteration with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** The number of the last event already seen. Default: only new events. */
  readonly lastEventId?: number | undefined
  /** Only events of these types. Default: all. */
  readonly types?: readonly AccountEventType[] | undefined
  /**
   * Polls at this interval, in seconds. Default: holds a stream open. An account has ten streams at
   * most, and an open one keeps the account's object awake and billed.
   */
  readonly pollSeconds?: number | undefined
}

type EventPage = Page<AccountEvent> & { readonly next_cursor: string }

/** @see `PikaClient.events` */
export const followEvents = (
  gateway: Connection,
  id: string,
  { signal, lastEventId = 0 }: EventsOptions = {},
): AsyncGenerator<GenerationEvent, void, undefined> => {
  const path = ['generations', id, 'events']
  const isLast = (event: GenerationEvent) =>
    'generation' in event && isFinal(event.generation.status)
  return follow<GenerationEvent>(gateway, { path, lastEventId, isLast }, signal)
}

/** @see `PikaClient.accountEvents` */
export async function* followAccount(
  gateway: Connection,
  { signal, lastEventId, types, pollSeconds }: AccountEventsOptions = {},
): AsyncGenerator<AccountEvent, void, undefined> {
  const path = ['events']
  const query = { types: types?.join() }
  const page = (after: string) => gateway.get<EventPage>(path, { signal }, { ...query, after })
  // A stream that breaks before its first event must know where to resume.
  let cursor = lastEventId === undefined ? (await page('now')).next_cursor : String(lastEventId)
  if (pollSeconds === undefined) {
    const followed = { path, query, lastEventId: Number(cursor), isLast: () => false }
    return yield* follow<AccountEvent>(gateway, followed, signal)
  }
  for (;;) {
    const { data, has_more: hasMore, next_cursor: next } = await page(cursor)
    yield* data
    cursor = next
    if (!hasMore) await sleep(pollSeconds * 1000, signal)
  }
}

/** Follows all of an account's generations. Reconnects when the connection breaks. */
import type { AccountEvent, AccountEventType } from '../contract/events.ts'
import { type Ask, type Page, query } from './ask.ts'
import type { Call } from './connection.ts'
import { follow } from './events.ts'
import { sleep } from './patience.ts'

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

const PATH = '/v1/events'

/** @see `PikaClient.accountEvents` */
export async function* followAccount(
  call: Call,
  ask: Ask,
  { signal, lastEventId, types, pollSeconds }: AccountEventsOptions = {},
): AsyncGenerator<AccountEvent, void, undefined> {
  const chosen = { types: types?.join() }
  const page = (after: string) =>
    ask<EventPage>('GET', PATH + query({ ...chosen, after }), undefined, { signal })
  // A stream that breaks before its first event must know where to resume.
  let cursor = lastEventId === undefined ? (await page('now')).next_cursor : String(lastEventId)
  if (pollSeconds === undefined) {
    const followed = { path: PATH + query(chosen), lastEventId: Number(cursor) }
    return yield* follow<AccountEvent>(call, { ...followed, isLast: () => false }, signal)
  }
  for (;;) {
    const { data, has_more: hasMore, next_cursor: next } = await page(cursor)
    yield* data
    cursor = next
    if (!hasMore) await sleep(pollSeconds * 1000, signal)
  }
}

/** The feeds behind streams: of a generation, in our format or fal's, and of the account. */
import type { AccountEventType } from '../../contract/events.ts'
import { isFinal } from '../../contract/status.ts'
import { renderAccountEvent } from '../../domain/account-event.ts'
import { renderEvent, type StoredEvent } from '../../domain/generation/event.ts'
import { falStreamed } from '../../domain/generation/fal-view.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import type { AccountLog } from '../events/log.ts'
import type { Core } from '../core.ts'
import { BATCH, type Batch, batchOf, createFeed, type Feed } from './feed.ts'
import type { Listeners } from './listeners.ts'

/** Encodes an event for a stream; undefined leaves it out. */
type Encode = (event: StoredEvent, current: GenerationRecord) => string | undefined

const encoded = (id: number, type: string, data: object): string =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`

export const encodeEvent =
  (origin: string | null): Encode =>
  (event, current) =>
    encoded(event.seq, event.type, renderEvent(event, current, origin))

/** As in fal's own status stream: without numbers, one status a line. */
export const encodeForFal =
  (logs: boolean): Encode =>
  (event, current) => {
    if (event.type === 'generation.log' && !logs) return undefined
    const status = falStreamed(event, current)
    return status && `data: ${JSON.stringify(status)}\n\n`
  }

export const feedOfGeneration = (
  { store }: Core,
  listeners: Listeners,
  known: GenerationRecord,
  encode: Encode,
): Feed => {
  const { id } = known
  let record = known
  const tell = (events: readonly StoredEvent[]): Batch | undefined => {
    const last = events.at(-1)
    const text = events.map((event) => encode(event, record) ?? '').join('')
    return last && batchOf(last.seq, text)
  }
  return createFeed({
    lastSeq: store.lastSeq(id),
    isOver: () => isFinal(record.status),
    read: (afterSeq) => tell(store.events(id, afterSeq, BATCH)),
    listen: (advance) =>
      listeners.listen(id, ({ after, events }) => {
        record = after
        advance(events.at(-1)?.seq, tell(events.slice(0, BATCH)))
      }),
  })
}

/**
 * The account's events, of some types or of all.
 *
 * @param origin the origin at which the gateway was reached
 * @param watched functions to call with the log's end after a commit
 */
export const feedOfAccount = (
  log: AccountLog,
  types: readonly AccountEventType[] | null,
  origin: string | null,
  watched: Set<(lastSeq: number) => void>,
): Feed =>
  createFeed({
    lastSeq: log.lastSeq(),
    isOver: () => false,
    read: (after) => {
      const page = log.page({ after, limit: BATCH, types })
      if (page.type === 'expired') return undefined
      const texts = page.events.map((event) =>
        encoded(event.seq, event.type, renderAccountEvent(event, origin)),
      )
      return batchOf(page.cursor, texts.join(''))
    },
    listen: (advance) => {
      watched.add(advance)
      return () => watched.delete(advance)
    },
  })

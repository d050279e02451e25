/** Reads event streams of the Worker, for the tests that follow a generation. */
import { createParser } from 'eventsource-parser'
import { expect } from 'vitest'
import { type GenerationEvent, generationEvent } from '../../src/contract/events.ts'
import { eventFaults } from '../openapi/described.ts'
import { call } from './harness.ts'

export interface Received {
  readonly id: number
  readonly name: string
  readonly data: GenerationEvent
}

export interface Follower {
  readonly response: Response
  readonly events: Received[]
  /** How many comments came, which is what heartbeats are. */
  readonly comments: () => number
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>
  /** Leaves, as a browser that closes its tab. */
  readonly leave: () => void
}

/** Follows a generation's events, each of which must be one of the contract's. */
export const follow = async (
  id: string,
  lastEventId?: number,
  ask: typeof call = call,
): Promise<Follower> => {
  const response = await ask(`/v1/generations/${id}/events`, {
    headers: {
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
    },
  })
  const events: Received[] = []
  let comments = 0
  const parser = createParser({
    onEvent: (event) => {
      const data: unknown = JSON.parse(event.data)
      expect(eventFaults(data)).toEqual([])
      events.push({
        id: Number(event.id),
        name: event.event ?? '',
        data: generationEvent.parse(data),
      })
    },
    onComment: () => comments++,
  })
  const reader = (response.body ?? new Blob([]).stream()).getReader()
  const decoder = new TextDecoder()
  const readAll = async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parser.feed(decoder.decode(part.value, { stream: true }))
    }
  }
  // A stream that breaks off has ended too; what came of it is in `events`.
  const ended = readAll().catch(() => undefined)
  return {
    response,
    events,
    comments: () => comments,
    ended,
    leave: () => void reader.cancel().catch(() => undefined),
  }
}

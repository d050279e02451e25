/** Reads event streams of the Worker, for the tests that follow a generation. */
import { createParser } from 'eventsource-parser'
import { expect } from 'vitest'
import { generationEvent } from '../../src/contract/events.ts'
import { eventFaults } from '../openapi/described.ts'
import * as api from './api.ts'

/** Follows a generation's events, each of which must be one of the contract's. */
export const follow = (id: string, lastEventId?: number, ask: typeof api.call = api.call) =>
  followPath(`/v1/generations/${id}/events`, lastEventId, ask, (data) => {
    expect(eventFaults(data)).toEqual([])
    return generationEvent.parse(data)
  })

/** Follows what is at a path, each event of which `readData` reads. */
export const followPath = async <E>(
  path: string,
  lastEventId: number | undefined,
  ask: typeof api.call,
  readData: (data: unknown) => E,
) => {
  const resumed = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }
  const response = await ask(path, { headers: { accept: 'text/event-stream', ...resumed } })
  const events: { readonly id: number; readonly name: string; readonly data: E }[] = []
  let comments = 0
  const parser = createParser({
    onEvent: (event) => {
      const data = readData(JSON.parse(event.data))
      events.push({ id: Number(event.id), name: event.event ?? '', data })
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
    /** How many comments came, which is what heartbeats are. */
    comments: () => comments,
    /** Resolves when the stream has ended. */
    ended,
    /** Leaves, as a browser that closes its tab. */
    leave: () => void reader.cancel().catch(() => undefined),
  }
}

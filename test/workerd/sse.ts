/** Reads the Worker's event streams, for the tests that follow a generation. */
import { createParser } from 'eventsource-parser'
import { expect } from 'vitest'
import { generationEvent } from '../../src/contract/events.ts'
import { eventFaults } from '../openapi/described.ts'
import * as api from './api.ts'

/** Follows a generation's events, and expects each to match the contract. */
export const follow = (id: string, lastEventId?: number, ask: typeof api.call = api.call) =>
  followPath(`/v1/generations/${id}/events`, lastEventId, ask, (data) => {
    expect(eventFaults(data)).toEqual([])
    return generationEvent.parse(data)
  })

/** Follows the stream at a path; `readData` reads the data of each event. */
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
  // A stream that breaks off has ended too; `events` has what came before.
  const ended = readAll().catch(() => undefined)
  return {
    response,
    events,
    /** How many comments came; each heartbeat is one. */
    comments: () => comments,
    /** Resolves when the stream has ended. */
    ended,
    /** Disconnects, as a browser does when its tab closes. */
    leave: () => void reader.cancel().catch(() => undefined),
  }
}

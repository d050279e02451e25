/**
 * The files in `documents/` hold stored documents, one per line, as the version of
 * November 2026 wrote them. They never change: later versions must read them.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { newGeneration } from '../../src/domain/generation/admission.ts'
import { nextDue, NO_LOOKS, readLooks } from '../../src/domain/generation/due.ts'
import { numberEvents, readEvent, renderEvent } from '../../src/domain/generation/event.ts'
import { readGeneration } from '../../src/domain/generation/generation.ts'
import { renderGeneration } from '../../src/domain/generation/render.ts'
import { readKey } from '../../src/domain/key.ts'
import { readDelivery } from '../../src/domain/webhook/delivery.ts'
import { newEndpoint, readEndpoint } from '../../src/domain/webhook/endpoint.ts'
import { DRAFT_DEFAULTS, newSchedule, readSchedule } from '../../src/domain/schedule/schedule.ts'
import { ASKED, CREATED_MS, POLICY } from './generation/example.ts'
import { KEY } from './key-example.ts'

const frozen = (file: string): string[] =>
  readFileSync(new URL(`documents/${file}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')

const TODAY = newGeneration(ASKED, POLICY, CREATED_MS)
const NO_EVENTS = { lastSeq: 0, lastPositionAtMs: null }
const [TODAYS_EVENT] = numberEvents([{ type: 'generation.queued' }], TODAY, NO_EVENTS, CREATED_MS)
const TODAYS_SCHEDULE = newSchedule(
  { ...DRAFT_DEFAULTS, name: 'daily', cron: '@daily', input: ASKED.input },
  { id: 'sch_1', accountId: 'studio', keyId: 'key_1' },
  CREATED_MS,
)

const TODAYS_ENDPOINT = newEndpoint(
  { url: 'https://example.com/hook' },
  { id: 'wh_1', keyId: 'key_1', secrets: [{ text: 'whsec_AAAA', untilMs: null }] },
  0,
)

const snapshotOf = (event: object | undefined): object | undefined =>
  event !== undefined && 'snapshot' in event ? Object(event.snapshot) : undefined

test.each([
  ['generations', readGeneration, TODAY],
  ['events', readEvent, { seq: 1, atMs: 0, type: '' }],
  ['schedules', readSchedule, TODAYS_SCHEDULE],
  ['keys', readKey, KEY],
  ['looks', readLooks, NO_LOOKS],
  ['webhook-endpoints', readEndpoint, TODAYS_ENDPOINT],
  ['webhook-deliveries', readDelivery, {}],
])('frozen %s are read in full, with every field that is written today', (file, read, today) => {
  for (const text of frozen(file)) {
    const document = read(text)
    expect(document).toMatchObject(JSON.parse(text))
    expect(Object.keys(document)).toEqual(expect.arrayContaining(Object.keys(today)))
    const snapshot = snapshotOf(document)
    if (snapshot === undefined) continue
    const fields = Object.keys(snapshotOf(TODAYS_EVENT) ?? {})
    expect(Object.keys(snapshot)).toEqual(expect.arrayContaining(fields))
  }
})

test('frozen generations and events render, and generations have a next step', () => {
  for (const text of frozen('generations')) {
    const record = readGeneration(text)
    expect(renderGeneration(record)).toMatchObject({ id: record.id, status: record.status })
    expect(() => nextDue(record, NO_LOOKS)).not.toThrow()
  }
  for (const text of frozen('events')) {
    const event = readEvent(text)
    expect(renderEvent(event, TODAY)).toMatchObject({ id: event.seq })
  }
})

const DEFAULTS = {
  adoptedBy: 'answer',
  others: [],
  named: null,
  longestRunSeconds: 900,
  hookRetriesSeconds: 4200,
}

test('an older generation, its events and its looks get defaults for fields added later', () => {
  const lacking = Object.fromEntries(Object.keys(DEFAULTS).map((field) => [field, undefined]))
  const [generation = ''] = frozen('generations')
  const older = readGeneration(JSON.stringify({ ...JSON.parse(generation), ...lacking }))
  expect(older).toMatchObject(DEFAULTS)
  const [event = ''] = frozen('events')
  const { snapshot, ...rest } = JSON.parse(event)
  const olderEvent = readEvent(JSON.stringify({ ...rest, snapshot: { ...snapshot, ...lacking } }))
  expect(snapshotOf(olderEvent)).toMatchObject(DEFAULTS)
  expect(readLooks('{"count":2,"lastAtMs":1}')).toEqual({ count: 2, lastAtMs: 1, cancelTries: 0 })
})

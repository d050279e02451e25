import { effect } from '@preact/signals'
import { expect, test } from 'vitest'
import type { Generation } from '../../src/client/index.ts'
import { createStore, newer } from '../../src/playground/store.ts'
import { completed, queued } from '../client/example.ts'

const { queue_position: _, ...common } = queued
const inProgress = {
  ...common,
  status: 'in_progress',
  queue_position: null,
  started_at: '2026-01-31T09:00:01.000Z',
} as Generation
const billed = { ...completed, revision: 1 }
const inLine = (queue_position: number) => ({ ...queued, queue_position }) as Generation

test.each<[string, Generation, Generation, 'held' | 'given']>([
  ['a late event changes nothing', inProgress, queued, 'held'],
  ['an ended generation stays ended', completed, inProgress, 'held'],
  ['a known bill is not taken back', billed, completed, 'held'],
  ['a bill arrives after the end', completed, billed, 'given'],
  ['a place in line changes', inLine(3), inLine(1), 'given'],
])('%s', (_name, held, given, kept) => {
  expect(newer(held, given)).toEqual(kept === 'held' ? held : given)
})

test('the expected time is kept if an event does not give one', () => {
  const expected_seconds = { p50: 20, p90: 40 }
  const held = { ...queued, expected_seconds }
  const given = { ...inProgress, expected_seconds: null }
  expect(newer(held, given)).toEqual({ ...inProgress, expected_seconds })
})

test('subscribers are notified only of changes', () => {
  const store = createStore()
  const told: (readonly string[])[] = []
  effect(() => void told.push(store.open().map(({ status }) => status)))
  store.put(queued)
  store.put({ ...queued })
  store.put(completed)
  expect(told).toEqual([[], ['queued'], []])
  store.drop(completed.id)
  // A list that was requested before the deletion still contains it.
  store.put(completed)
  expect(store.ids()).toEqual([])
  store.restore(completed)
  store.put(completed)
  expect(store.ids()).toEqual([completed.id])
})

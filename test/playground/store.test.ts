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
  ['an event that came late changes nothing', inProgress, queued, 'held'],
  ['what has ended stays ended', completed, inProgress, 'held'],
  ['a bill that was read before is not taken back', billed, completed, 'held'],
  ['a bill comes after the end', completed, billed, 'given'],
  ['a place in line moves', inLine(3), inLine(1), 'given'],
])('%s', (_name, held, given, kept) => {
  expect(newer(held, given)).toEqual(kept === 'held' ? held : given)
})

test('what to expect is kept where an event does not say', () => {
  const expected_seconds = { p50: 20, p90: 40 }
  const held = { ...queued, expected_seconds }
  const given = { ...inProgress, expected_seconds: null }
  expect(newer(held, given)).toEqual({ ...inProgress, expected_seconds })
})

test('only of what is new is told', () => {
  const store = createStore()
  const told: (readonly string[])[] = []
  effect(() => void told.push(store.open().map(({ status }) => status)))
  store.put(queued)
  store.put({ ...queued })
  store.put(completed)
  expect(told).toEqual([[], ['queued'], []])
  store.drop(completed.id)
  // A list that was asked for before it went still has it.
  store.put(completed)
  expect(store.ids()).toEqual([])
  store.restore(completed)
  store.put(completed)
  expect(store.ids()).toEqual([completed.id])
})

import { afterEach, expect, test, vi } from 'vitest'
import { keepSubmission, readSubmission, send } from '../../src/playground/spend.ts'
import { queued } from '../client/example.ts'
import {
  type Answer,
  brokenNetwork,
  clientOf,
  finish,
  json,
  problem,
  usePassingTime,
} from '../client/scripted-gateway.ts'

const ITEM = { key: 'key-1', body: { prompt: 'A paper boat' } }

usePassingTime()
afterEach(() => void vi.unstubAllGlobals())

/** Sends once to a gateway that gives these answers. */
const sent = async (...answers: Answer[]) => {
  const { pika, asked } = clientOf(...answers)
  return { outcome: await finish(send(pika, ITEM)), asked }
}

test('after a lost answer, the request is sent again with the same key', async () => {
  const { outcome, asked } = await sent(brokenNetwork, problem('unavailable'), json(queued, 202))
  expect(outcome).toEqual({ type: 'made', generation: queued })
  expect(asked.map(({ headers }) => headers.get('idempotency-key'))).toEqual(Array(3).fill('key-1'))
  expect(new Set(asked.map(({ body }) => body))).toEqual(new Set([JSON.stringify(ITEM.body)]))
})

test.each([
  ['no answer', 'unknown', brokenNetwork],
  ['unavailable', 'unknown', problem('unavailable')],
  ['internal_error', 'unknown', problem('internal_error')],
  ['over_budget', 'refused', problem('over_budget')],
  ['rate_limited', 'refused', problem('rate_limited')],
  ['fal_unavailable', 'refused', problem('fal_unavailable')],
])('if every attempt gets %s, the outcome is %s', async (_, type, answer) => {
  const { outcome, asked } = await sent(answer)
  expect(outcome).toMatchObject({ type })
  // A refused request is not sent again.
  expect(asked).toHaveLength(type === 'refused' ? 1 : 3)
})

test('a refusal says when to try again, and names the failed generation that it made', async () => {
  const { outcome } = await sent(problem('rate_limited', {}, { 'retry-after': '7' }))
  const error = { code: 'rate_limited' }
  expect(outcome).toMatchObject({ type: 'refused', error, retryAtMs: Date.now() + 7000 })
  const refused = await sent(problem('fal_account_locked', { generation_id: queued.id }))
  expect(refused.outcome).toMatchObject({ error: { problem: { generation_id: queued.id } } })
})

/** A tab's storage. */
const inMemory = () => {
  const kept = new Map<string, string>()
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  }
}

test('a pending request survives a reload until it is answered, or so old that it would pay again', () => {
  vi.stubGlobal('sessionStorage', inMemory())
  const submission = { items: [ITEM], askedAtMs: Date.now() }
  keepSubmission('studio', submission)
  expect(readSubmission('studio')).toEqual(submission)
  expect(readSubmission('other')).toBeUndefined()
  keepSubmission('studio', undefined)
  expect(readSubmission('studio')).toBeUndefined()
  keepSubmission('studio', submission)
  vi.advanceTimersByTime(23 * 3_600_000)
  expect(readSubmission('studio')).toBeUndefined()
})

test('if nothing can be stored, it throws before anything is sent', () => {
  const refuse = () => {
    throw new Error('storage is switched off')
  }
  vi.stubGlobal('sessionStorage', { getItem: refuse, setItem: refuse })
  const submission = { items: [ITEM], askedAtMs: Date.now() }
  expect(() => keepSubmission('studio', submission)).toThrow('switched off')
  expect(readSubmission('studio')).toBeUndefined()
})

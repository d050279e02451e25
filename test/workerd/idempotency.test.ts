import { expect, it, vi } from 'vitest'
import { createIdempotencyKeys } from '../../src/account/generations/idempotency.ts'
import { createSql } from '../../src/adapters/sql.ts'
import { hourly } from '../../src/account/timed.ts'
import type { Generation } from '../../src/contract/generation.ts'
import { api, clock, fal, freshWorld, HOUR_MS, inside } from './world.ts'

freshWorld()

const keyed = (body: unknown, key = 'order-7', headers: Record<string, string> = {}) =>
  api.post('/v1/generations', body, { 'idempotency-key': key, ...headers })

/** Sends a request with a key, and returns the generation that answers it. */
const made = async (...asked: Parameters<typeof keyed>): Promise<Generation> =>
  (await keyed(...asked)).json()

const body = { prompt: api.PROMPT, metadata: { a: '1', b: '2' }, user: 'ann' }

it('answers a repeated key with the same generation, in its current state', async () => {
  const first = await api.told(keyed(body))
  const { id } = first.body
  expect(first).toMatchObject({ status: 202, replayed: false, location: `/v1/generations/${id}` })
  await fal.deliverAll()
  const second = { ...first, replayed: true, body: { id, status: 'completed' } }
  expect(await api.told(keyed(body))).toMatchObject(second)
  expect(await fal.calls('submit')).toHaveLength(1)
})

it.each([
  { ...body, duration: '5' },
  { ...body, duration: 5, resolution: '720p', aspect_ratio: '16:9' },
  { user: 'ann', metadata: { b: '2', a: '1' }, prompt: api.PROMPT },
])('recognizes the same request in another form: %j', async (sameRequest) => {
  const { id } = await made(body)
  expect(await api.told(keyed(sameRequest))).toMatchObject({ replayed: true, body: { id } })
})

it.each([
  { ...body, prompt: 'Something else' },
  { ...body, seed: 0 },
  { ...body, negative_prompt: '' },
  { ...body, duration: 10 },
  { ...body, metadata: { a: '1' } },
  { ...body, user: 'bob' },
  { ...body, user: undefined },
])('refuses a key that was already used for another request: %j', async (other) => {
  const { id: generation_id } = await made(body)
  const reused = { code: 'idempotency_key_reused', generation_id }
  expect(await api.readProblem(keyed(other))).toMatchObject(reused)
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('submits once when fifty callers send the same key at once', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => api.told(keyed(body))))
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
  expect(await fal.calls('submit')).toHaveLength(1)
  expect(await fal.jobs()).toHaveLength(1)
})

it('does not use up a key on a request that it refuses', async () => {
  const metadata = JSON.parse('{ "__proto__": "x" }')
  for (const refused of [{ ...body, duration: 7 }, 'not an input', { ...body, metadata }]) {
    expect((await keyed(refused)).status).toBe(422)
  }
  expect(await api.told(keyed(body))).toMatchObject({ status: 202, replayed: false })
})

it("repeats fal's refusal for the same key, and does not submit again", async () => {
  const refused = { prompt: fal.marked('submit=locked') }
  const { request_id: _first, ...told } = await api.readProblem(keyed(refused))
  const again = await keyed(refused)
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  expect(await api.readProblem(again)).toMatchObject(told)
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('does not submit again for a key when the first answer was lost', async () => {
  const lost = { prompt: fal.marked('submit=lost') }
  const { id } = await made(lost)
  expect(await made(lost)).toMatchObject({ id, unconfirmed: true })
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('keeps a key for a day after its generation has ended', async () => {
  await clock.stop()
  const slow = { prompt: fal.marked('webhook=late:72000000') }
  const { id } = await made(slow)
  await clock.travel(20 * HOUR_MS)
  await fal.deliverAll()
  await clock.pass(23 * HOUR_MS)
  expect(await made(slow)).toMatchObject({ id, status: 'completed' })
  expect(await fal.calls('submit')).toHaveLength(1)
  await clock.travel(2 * HOUR_MS)
  expect((await made(slow)).id).not.toBe(id)
})

it('deletes expired keys in batches, and looks for more once an hour without reading others', async () => {
  const nowMs = Date.now()
  await keyed(body)
  await inside.storage(({ sql }) => {
    for (let count = 0; count < 1400; count++) {
      const atMs = nowMs - (count % 2) * 25 * HOUR_MS
      sql.exec(`INSERT INTO idempotency_keys VALUES (?, '', 'sch_gone', ?)`, `k${count}`, atMs)
    }
    const count = sql.exec.bind(sql)
    const { mock } = vi.spyOn(sql, 'exec')
    const keys = createIdempotencyKeys(createSql(sql))
    const pruning = hourly((atMs) => keys.prune(atMs))
    const kept = [1, 2, 3].map(() => {
      pruning.runDue(nowMs)
      return count('SELECT COUNT(*) AS n FROM idempotency_keys').one()['n']
    })
    expect([kept, mock.calls.length]).toEqual([[901, 701, 701], 2])
    pruning.runDue(nowMs + HOUR_MS / 2)
    pruning.runDue(nowMs + HOUR_MS)
    expect(mock.calls.length).toBe(3)
    expect(mock.results.at(-1)?.value.rowsRead).toBeLessThan(10)
  })
})

it.each(['', 'with space', 'x'.repeat(256)])('refuses %j as a key', async (key) => {
  expect(await api.codeOf(keyed(body, key))).toBe('invalid_header')
  expect(await fal.calls('submit')).toEqual([])
})

/** An answer's status, the wait that it applied, and its body. */
const applied = async (answer: Promise<Response>) => {
  const response = await answer
  return [response.status, response.headers.get('preference-applied'), await response.json()]
}

it('waits until the generation ends if the caller prefers that', async () => {
  const waiting = api.ask({}, { prefer: 'wait=30' })
  while ((await fal.heldHooks()).length === 0);
  await fal.deliverAll()
  expect(await applied(waiting)).toMatchObject([200, 'wait=30', { status: 'completed' }])
})

it('answers with the current state when the wait is over', async () => {
  const slow = { prompt: fal.marked('render_ms=600000') }
  for (const prefer of ['wait=0', 'respond-async, wait=1']) {
    const told = [202, prefer.split(' ').at(-1), { finished_at: null }]
    expect(await applied(api.ask(slow, { prefer }))).toMatchObject(told)
  }
})

it('waits at most a minute, and refuses an invalid wait', async () => {
  await made(body)
  await fal.deliverAll()
  const longest = await keyed(body, 'order-7', { prefer: 'wait=9999' })
  expect(longest.headers.get('preference-applied')).toBe('wait=60')
  expect(await api.codeOf(keyed(body, 'other', { prefer: 'wait=soon' }))).toBe('invalid_header')
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('completes the generation with one submit if its client leaves during the wait', async () => {
  const leaving = new AbortController()
  const sent = { prompt: fal.marked('submit_ms=150') }
  const json = { 'content-type': 'application/json' }
  const headers = { ...json, 'idempotency-key': 'order-7', prefer: 'wait=30' }
  const body = JSON.stringify(sent)
  const asked = { method: 'POST', headers, body, signal: leaving.signal }
  const waiting = api.call('/v1/generations', asked).catch(() => undefined)
  while ((await fal.calls('submit')).length === 0);
  leaving.abort()
  await waiting
  const again = await made(sent)
  expect(again.status).toBe('queued')
  await api.readUntil(again.id, 'completed')
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('replays a retry under its key, and refuses that key for a create', async () => {
  const failing = { prompt: fal.marked('outcome=model_500') }
  const { id: retry_of } = await api.create(failing)
  await fal.deliverAll()
  const retry = () => api.told(api.retry(retry_of, {}, { 'idempotency-key': 'order-7' }))
  const { id } = (await retry()).body
  expect(await retry()).toMatchObject({ replayed: true, body: { id, retry_of } })
  expect(await api.codeOf(keyed(failing))).toBe('idempotency_key_reused')
  expect(await fal.calls('submit')).toHaveLength(2)
})

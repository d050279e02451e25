import { abortAllDurableObjects, evictDurableObject, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { GenerationEvent } from '../../src/contract/events.ts'
import { anyFate, type Fate, promptOf, provesNothing } from '../campaign/fate.ts'
import { type Expected, judge, type Told, type Truth } from '../campaign/judge.ts'
import { tick } from './schedules-world.ts'
import { stepsOf } from './steps.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside } from './world.ts'

freshWorld()

/** The same seed gives the same days; `npm run campaign` takes any seed, and runs more days. */
const SEED = 20261123
const RUNS = 8
const LONGEST_MS = 60_000

const fate = anyFate(LONGEST_MS)
const which = fc.nat(100)
const fault = fc.constantFrom<'reset' | 503>('reset', 503)
const anyStep = stepsOf<Day>()
  .may('create', 8, { fate }, (day, { fate }) => day.create(fate))
  // The object dies while fal's answer is on its way.
  .may('crash in submit', 1, { fate }, (day, { fate }) => day.crashInSubmit(fate))
  .may('replay', 2, { which }, (day, { which }) => day.replay(which))
  .may('cancel', 2, { which }, (day, { which }) => day.with(which, api.cancel))
  .may('read', 2, { which }, (day, { which }) => day.with(which, api.read))
  .may('pass', 5, { ms: fc.nat(40_000) }, (_, { ms }) => clock.travel(ms))
  .may('fal away', 1, { ms: fc.nat(300_000) }, async (_, { ms }) => {
    for (const op of ['status', 'result', 'cancel']) await fal.fail(op, 503, ms)
  })
  // From here on fal accepts nothing, for a second, a minute or an hour.
  .may('outage', 1, { fault, ms: fc.constantFrom(1000, 60_000, HOUR_MS) }, (_, { fault, ms }) =>
    fal.fail('submit', fault, ms),
  )
  .may('resolve', 1, { which, charged: fc.boolean() }, (day, { which, charged }) =>
    day.with(which, (id) => api.resolve(id, { charged })),
  )
  .may('crash', 1, {}, () => abortAllDurableObjects())
  .may('evict', 1, {}, async () => {
    // Only an object that is awake can be evicted.
    await api.list()
    await evictDurableObject(inside.stub())
  })
  .may('ring', 1, {}, () => clock.ring())
  .may('tick', 1, {}, () => tick())
  .may('hooks', 2, {}, () => fal.deliverAll())
  .any()

const anyDay = fc.record({
  steps: fc.array(anyStep, { minLength: 10, maxLength: 45 }),
  /** The share of jobs that fal's history never lists. */
  unlisted: fc.constantFrom(0, 0.2, 1),
})

interface Made {
  readonly tag: string
  readonly prompt: string
  readonly fate: Fate
  /** fal's answer died with the object. */
  crashed: boolean
  id: string | undefined
}

/** One run of a random day: every request that it made, whatever became of it. */
class Day {
  readonly made: Made[] = []

  /** A request made during an outage met the outage's fate, and not its own. */
  async expected(): Promise<Expected[]> {
    const submits = await fal.calls('submit')
    return this.made.map(({ tag, prompt, fate, crashed }) => {
      const sent = submits.findLast((submit) => submit.prompt === prompt)
      const provedNothing = crashed || sent?.status === 'reset' || provesNothing(fate)
      const answerLost = sent !== undefined && provedNothing
      return { tag, saidNo: sent?.status === 503, answerLost }
    })
  }

  async create(fate: Fate): Promise<void> {
    await this.#send(this.#note(fate))
  }

  async replay(which: number): Promise<void> {
    const one = this.#at(which)
    if (one !== undefined) await this.#send(one, { prefer: 'wait=0' })
  }

  /** Does something to one of the admitted generations. */
  async with(which: number, act: (id: string) => Promise<unknown>): Promise<void> {
    const { id } = this.#at(which) ?? {}
    if (id !== undefined) await act(id)
  }

  async crashInSubmit(fate: Fate): Promise<void> {
    const one = this.#note(fate)
    const before = (await fal.calls('submit')).length
    await fal.control('/faults', { op: 'submit', fault: 'hang', for_ms: 1, times: 1 })
    // Its caller does not wait: nothing can answer before the dead object's lease ends.
    await this.#send(one, { prefer: 'wait=0' })
    await eventually(async () => {
      one.crashed = (await fal.calls('submit')).length > before
      return one.crashed || (await api.usage()).provider.status === 'unavailable'
    })
    await abortAllDurableObjects()
  }

  #note(fate: Fate): Made {
    const tag = `tag-${this.made.length}-`
    const prompt = promptOf(fate, tag)
    const one: Made = { tag, prompt, fate, crashed: false, id: undefined }
    this.made.push(one)
    return one
  }

  async #send(one: Made, headers: Record<string, string> = {}): Promise<void> {
    const keyed = { 'idempotency-key': one.tag, ...headers }
    const response = await api.ask({ prompt: one.prompt }, keyed).catch(() => undefined)
    const answer = await response?.json<{ id?: string; generation_id?: string }>()
    one.id ??= answer?.generation_id ?? answer?.id
  }

  #at(which: number): Made | undefined {
    return this.made[which % Math.max(1, this.made.length)]
  }
}

/** How many requests about fal's jobs are running. */
const looksUnderway = async (): Promise<number> => {
  const { status, result, cancel, history } = await fal.load()
  return [status, result, cancel, history].reduce((sum, each) => sum + (each?.running ?? 0), 0)
}

/** Lets time pass, webhooks arrive and alarms ring until nothing is open. */
const letItEnd = async (): Promise<void> => {
  const strides = [1000, 5000, 30_000, 60_000, 120_000, 300_000, 300_000, 300_000, 600_000]
  for (const ms of [...strides, ...strides, 6 * HOUR_MS, HOUR_MS, 25 * HOUR_MS, HOUR_MS]) {
    await fal.deliverAll()
    await clock.travel(ms)
    await fal.deliverAll()
    await clock.ring()
    await tick()
    await eventually(async () => (await looksUnderway()) === 0)
    const isOver = (await api.list()).every(({ finished_at }) => finished_at !== null)
    if (isOver && ms > HOUR_MS) return
  }
}

interface Heard extends Told {
  readonly listens: boolean
}

const tagOf = (prompt: unknown): string => /^tag-\d+-/.exec(String(prompt))?.[0] ?? ''

const tellAll = async (): Promise<Heard[]> =>
  Promise.all(
    (await api.list()).map(async (generation) => {
      const path = `/v1/generations/${generation.id}/events`
      const { data } = await api.get<{ data: GenerationEvent[] }>(path)
      return {
        tag: tagOf(generation.input.prompt),
        id: generation.id,
        status: generation.status,
        code: generation.error?.code ?? null,
        cost: generation.cost.state,
        hasVideo: generation.status === 'completed',
        listens: generation.error?.listening_until !== undefined,
        falRequestId: generation.fal_request_id,
        events: data.map(({ id, type }) => ({ id, type })),
      }
    }),
  )

const truthOfAll = async (): Promise<Truth[]> => {
  type Delivery = { request_id: string; attempts: { status?: number }[] }
  const { deliveries } = await fal.control<{ deliveries: Delivery[] }>('/webhooks')
  const taken = new Set(
    deliveries
      .filter(({ attempts }) => attempts.some(({ status }) => status === 200))
      .map((delivery) => delivery.request_id),
  )
  return (await fal.jobs()).map((job) => ({
    tag: tagOf(job.input['prompt']),
    requestId: job.request_id,
    final: job.final,
    outcome: job.outcome,
    heard: taken.has(job.request_id) || job.listed,
  }))
}

/** Lists the writes that the outbox still owes, and where KV disagrees with the account. */
const kvDisagrees = async (told: readonly Heard[]): Promise<string[]> => {
  const owed = await inside.sql<{ key: string }>('SELECT key FROM owed_writes')
  const wrong = owed.map(({ key }) => `the outbox still owes ${key}`)
  for (const { id, tag, status, listens, falRequestId } of told) {
    const kept = await env.REQUESTS.get<{ status: string }>(`generation:${id}`, 'json')
    // A generation that ended without fal's word still listens for it for a while.
    if (kept?.status !== status && !listens) wrong.push(`${tag}: KV has ${kept?.status}`)
    if (falRequestId === null) continue
    const owner = await env.REQUESTS.get(`request:${falRequestId}`)
    if (!owner?.includes(id)) wrong.push(`${tag}: KV does not know its request id`)
  }
  return wrong
}

it('keeps every promise on random days, whatever fails', async () => {
  const seen = { unconfirmed: 0, completed: 0 }
  await fc.assert(
    fc.asyncProperty(anyDay, async ({ steps, unlisted }) => {
      await clock.stop()
      await fal.control('/settings', { history_unlisted: unlisted })
      const day = new Day()
      for (const { take } of steps) await take(day)
      await letItEnd()
      const told = await tellAll()
      const expected = await day.expected()
      const wrong = [...judge(expected, told, await truthOfAll()), ...(await kvDisagrees(told))]
      expect(wrong).toEqual([])
      seen.unconfirmed += told.filter(({ code }) => code === 'submission_unconfirmed').length
      seen.completed += told.filter(({ status }) => status === 'completed').length
      await reset()
      await fal.restart()
    }),
    { seed: SEED, numRuns: RUNS, endOnFailure: true },
  )
  // A campaign that met no lost answer, or no video, would have proved little.
  expect(Math.min(seen.unconfirmed, seen.completed)).toBeGreaterThan(2)
})

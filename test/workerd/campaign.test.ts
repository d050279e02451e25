import {
  abortAllDurableObjects,
  createScheduledController,
  evictDurableObject,
  reset,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { GenerationEvent } from '../../src/contract/events.ts'
import type { Generation } from '../../src/contract/generation.ts'
import type { UsageView } from '../../src/contract/usage.ts'
import worker from '../../src/index.ts'
import { anyFate, type Fate, promptOf, provesNothing } from '../campaign/fate.ts'
import { type Expected, judge, type Told, type Truth } from '../campaign/judge.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside } from './world.ts'

freshWorld()

/** The same seed means the same days; `npm run campaign` takes any, and many more. */
const SEED = 20261123
const RUNS = 8
const LONGEST_MS = 60_000

type Step =
  | { readonly do: 'create'; readonly fate: Fate }
  /** The object dies while fal's answer is on its way. */
  | { readonly do: 'crash_in_submit'; readonly fate: Fate }
  | { readonly do: 'replay' | 'cancel' | 'read'; readonly which: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'fal_away'; readonly ms: number }
  /** From here on fal takes nothing, for a second or for an hour. */
  | { readonly do: 'outage'; readonly fault: 'reset' | 503; readonly ms: number }
  | { readonly do: 'resolve'; readonly which: number; readonly charged: boolean }
  | { readonly do: 'crash' | 'evict' | 'ring' | 'tick' | 'hooks' }

const fate = anyFate(LONGEST_MS)
const which = fc.nat(100)
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ do: fc.constant('create' as const), fate }), weight: 8 },
  { arbitrary: fc.record({ do: fc.constant('crash_in_submit' as const), fate }), weight: 1 },
  {
    arbitrary: fc.record({ do: fc.constantFrom('replay' as const, 'cancel', 'read'), which }),
    weight: 6,
  },
  { arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(40_000) }), weight: 5 },
  {
    arbitrary: fc.record({ do: fc.constant('fal_away' as const), ms: fc.nat(300_000) }),
    weight: 1,
  },
  {
    arbitrary: fc.record({
      do: fc.constant('outage' as const),
      fault: fc.constantFrom<'reset' | 503>('reset', 503),
      ms: fc.constantFrom(1000, 60_000, HOUR_MS),
    }),
    weight: 1,
  },
  {
    arbitrary: fc.record({ do: fc.constant('resolve' as const), which, charged: fc.boolean() }),
    weight: 1,
  },
  {
    arbitrary: fc.record({
      do: fc.constantFrom('crash' as const, 'evict', 'ring', 'tick', 'hooks'),
    }),
    weight: 6,
  },
)

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

/** One run of a random day: what was asked, by whatever way it went. */
class Day {
  readonly made: Made[] = []

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'create':
        return this.#create(step.fate)
      case 'crash_in_submit':
        return this.#crashInSubmit(step.fate)
      case 'replay':
        return this.#with(step.which, (one) => this.#send(one, { prefer: 'wait=0' }))
      case 'cancel':
        return this.#with(step.which, async ({ id }) => {
          if (id !== undefined) await api.post(`/v1/generations/${id}/cancel`, {})
        })
      case 'read':
        return this.#with(step.which, async ({ id }) => {
          if (id !== undefined) await api.call(`/v1/generations/${id}`)
        })
      case 'pass':
        return clock.travel(step.ms)
      case 'fal_away':
        for (const op of ['status', 'result', 'cancel']) {
          await fal.control('/faults', { op, fault: 503, for_ms: step.ms, times: 1e6 })
        }
        return
      case 'outage':
        await fal.control('/faults', {
          op: 'submit',
          fault: step.fault,
          for_ms: step.ms,
          times: 1e6,
        })
        return
      case 'resolve':
        return this.#with(step.which, async ({ id }) => {
          if (id !== undefined)
            await api.post(`/v1/generations/${id}/resolve`, { charged: step.charged })
        })
      case 'crash':
        return abortAllDurableObjects()
      case 'evict':
        // Only what is awake can be put to sleep.
        await listAll()
        return evictDurableObject(inside.stub())
      case 'ring':
        await clock.ring()
        return
      case 'tick':
        return tick()
      case 'hooks':
        return fal.deliverAll()
    }
  }

  /** What was asked in an outage had the fate of the outage, and not its own. */
  async expected(): Promise<Expected[]> {
    const answers = new Map(
      (await fal.calls('submit')).map(({ prompt, status }) => [prompt, status] as const),
    )
    return this.made.map(({ tag, prompt, fate: itsFate, crashed }) => {
      const answer = answers.get(prompt)
      const wasSent = answers.has(prompt)
      return {
        tag,
        saidNo: answer === 503,
        answerLost: wasSent && (crashed || answer === 'reset' || provesNothing(itsFate)),
      }
    })
  }

  async #create(itsFate: Fate): Promise<void> {
    await this.#send(this.#note(itsFate))
  }

  async #crashInSubmit(itsFate: Fate): Promise<void> {
    const one = this.#note(itsFate)
    const before = (await fal.calls('submit')).length
    await fal.control('/faults', { op: 'submit', fault: 'hang', for_ms: 1, times: 1 })
    // Its caller does not wait: nobody can answer before the lease of the dead is over.
    await this.#send(one, { prefer: 'wait=0' })
    one.crashed = await eventually(async () => {
      if ((await fal.calls('submit')).length > before) return { isSent: true }
      const { provider }: UsageView = await api.get('/v1/usage')
      return provider.status === 'unavailable' && { isSent: false }
    }).then(({ isSent }) => isSent)
    await abortAllDurableObjects()
  }

  #note(itsFate: Fate): Made {
    const tag = `tag-${this.made.length}-`
    const prompt = promptOf(itsFate, tag)
    const one: Made = { tag, prompt, fate: itsFate, crashed: false, id: undefined }
    this.made.push(one)
    return one
  }

  async #send(one: Made, headers: Record<string, string> = {}): Promise<void> {
    const response = await api
      .post('/v1/generations', { prompt: one.prompt }, { 'idempotency-key': one.tag, ...headers })
      .catch(() => undefined)
    const answer = await response?.json<{ id?: string; generation_id?: string }>()
    one.id ??= answer?.generation_id ?? answer?.id
  }

  async #with(index: number, act: (one: Made) => Promise<void>): Promise<void> {
    const one = this.made[index % Math.max(1, this.made.length)]
    if (one !== undefined) await act(one)
  }
}

const tick = () =>
  worker.scheduled(createScheduledController({ scheduledTime: new Date(), cron: '* * * * *' }), env)

const openOnes = async (): Promise<number> => {
  const all = await listAll()
  return all.filter(({ finished_at }) => finished_at === null).length
}

const listAll = async (): Promise<Generation[]> => {
  const page: { data: Generation[] } = await api.get('/v1/generations?limit=100')
  return page.data
}

/** How much fal is asked about what it took. */
const looksUnderway = async (): Promise<number> => {
  type Load = Record<'status' | 'result' | 'cancel' | 'history', { running: number }>
  const { status, result, cancel, history } = (await fal.control<{ concurrent: Load }>('/calls'))
    .concurrent
  return status.running + result.running + cancel.running + history.running
}

/** Lets time pass, hooks come and clocks ring until nothing is open. */
const letItEnd = async (): Promise<void> => {
  const strides = [1000, 5000, 30_000, 60_000, 120_000, 300_000, 300_000, 300_000, 600_000]
  for (const ms of [...strides, ...strides, 6 * HOUR_MS, HOUR_MS, 25 * HOUR_MS, HOUR_MS]) {
    await fal.deliverAll()
    await clock.travel(ms)
    await fal.deliverAll()
    await clock.ring()
    await tick()
    await eventually(async () => (await looksUnderway()) === 0)
    if ((await openOnes()) === 0 && ms > HOUR_MS) return
  }
}

interface Heard extends Told {
  readonly listens: boolean
}

const tellAll = async (): Promise<Heard[]> =>
  Promise.all(
    (await listAll()).map(async (generation) => {
      const response = await api.call(`/v1/generations/${generation.id}/events`, {
        headers: { accept: 'application/json' },
      })
      const { data }: { data: GenerationEvent[] } = await response.json()
      return {
        tag: /^tag-\d+-/.exec(generation.input.prompt)?.[0] ?? '',
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

interface Delivery {
  readonly request_id: string
  readonly attempts: readonly { readonly status?: number }[]
}

const truthOfAll = async (): Promise<Truth[]> => {
  const { deliveries } = await fal.control<{ deliveries: Delivery[] }>('/webhooks')
  const taken = new Set(
    deliveries
      .filter(({ attempts }) => attempts.some(({ status }) => status === 200))
      .map((delivery) => delivery.request_id),
  )
  return (await fal.jobs()).map((job) => ({
    tag: /^tag-\d+-/.exec(String(job.input['prompt']))?.[0] ?? '',
    requestId: job.request_id,
    final: job.final,
    outcome: job.outcome,
    heard: taken.has(job.request_id) || job.listed,
  }))
}

/** What the outbox still owes, and where KV says otherwise than the account. */
const kvDisagrees = async (told: readonly Heard[]): Promise<string[]> => {
  const owed = await runInDurableObject(
    inside.stub(),
    (_, state) => state.storage.sql.exec('SELECT key FROM owed_writes').toArray().length,
  )
  const wrong = owed === 0 ? [] : [`the outbox still owes ${owed} writes`]
  for (const { id, tag, status, listens, falRequestId } of told) {
    const kept = await env.REQUESTS.get<{ status: string }>(`generation:${id}`, 'json')
    // What ended without fal's word stays open to it for a while.
    if (kept?.status !== status && !listens) wrong.push(`${tag}: KV has ${kept?.status}`)
    if (falRequestId === null) continue
    const owner = await env.REQUESTS.get<{ generation_id: string }>(
      `request:${falRequestId}`,
      'json',
    )
    if (owner?.generation_id !== id) wrong.push(`${tag}: KV does not know its request id`)
  }
  return wrong
}

it('keeps every promise on random days, whatever fails', async () => {
  const seen = { runs: 0, generations: 0, unconfirmed: 0, completed: 0 }
  await fc.assert(
    fc.asyncProperty(anyDay, async ({ steps, unlisted }) => {
      await clock.stop()
      await fal.control('/settings', { history_unlisted: unlisted })
      const day = new Day()
      for (const step of steps) await day.take(step)
      await letItEnd()
      const told = await tellAll()
      const expected = await day.expected()
      expect([...judge(expected, told, await truthOfAll()), ...(await kvDisagrees(told))]).toEqual(
        [],
      )
      seen.runs++
      seen.generations += told.length
      seen.unconfirmed += told.filter(({ code }) => code === 'submission_unconfirmed').length
      seen.completed += told.filter(({ status }) => status === 'completed').length
      await nextWorld()
    }),
    { seed: SEED, numRuns: RUNS, endOnFailure: true },
  )
  // A campaign that met no lost answer, or no video, would have proved little.
  expect(Math.min(seen.unconfirmed, seen.completed)).toBeGreaterThan(2)
})

const nextWorld = async (): Promise<void> => {
  await reset()
  await fal.control('', undefined, 'DELETE')
  await fal.control('/settings', { webhooks: 'hold' })
}

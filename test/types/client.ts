/** The types that the client's helpers give a caller. Compiled, never run. */
import {
  type AccountEvent,
  type CompletedGeneration,
  type CreatedGeneration,
  createPikaClient,
  type FailureCode,
  type FinalGeneration,
  type Generation,
  type GenerationEvent,
  PikaError,
  type PikaErrorCode,
  type Problem,
  type ProblemCode,
} from '../../src/client/index.ts'
import type { Equal, Expect, IsFullyKnown } from './equal.ts'

const pika = createPikaClient({ baseUrl: 'https://gateway.example', apiKey: 'k' })

const generation = await pika.generate(
  { prompt: 'Sunlight on a slow river', resolution: '1080p', metadata: { scene: '7' } },
  { timeoutMs: 60_000, idempotencyKey: 'scene-7', onUpdate: (event) => event.type },
)
generation.video.url satisfies string

const final = await pika.waitFor(generation.id, { signal: new AbortController().signal })
if (final.status === 'failed') final.error.code satisfies FailureCode
if (final.status === 'completed') final.video.url satisfies string

for await (const event of pika.accountEvents({ types: ['generation.completed'] })) {
  if ('generation' in event) event.generation satisfies Generation
}

for await (const event of pika.events(generation.id, { lastEventId: 3 })) {
  if (event.type === 'generation.log') event.message satisfies string
  else if (event.type === 'generation.queue_position') event.queue_position satisfies number
  else event.generation.status satisfies string
}

const created = await pika.create({ prompt: 'p', seed: 0 }, { idempotencyKey: 'scene-8' })
created.client_secret satisfies string
const found = await pika.get(created.id)
if (found.status === 'completed') found.video.url satisfies string
for await (const { data, next_cursor } of pika.list({ status: 'failed', limit: 5 })) {
  data[0]?.error?.code satisfies FailureCode | undefined
  next_cursor satisfies string | null
}
const canceled = await pika.cancel(created.id)
const again = await pika.retry(created.id, { acceptDoubleCharge: true })
const estimate = await pika.estimate({ prompt: 'p' })
const usage = await pika.usage({ from: '2026-11-01' })
const models = await pika.models()
const made = await pika.keys.create({ account_id: 'a', name: 'n', scopes: ['generations:read'] })
const keys = await pika.keys.list()
const key = await pika.keys.get(made.id)
await pika.delete(created.id)
const follower = createPikaClient({ baseUrl: 'https://g.example', clientSecret: 'pcs_1' })
const followed = await follower.get(created.id)
createPikaClient({ baseUrl: 'https://g.example', apiKey: 'k', account: 'studio' })

const answers = { created, estimate, usage, models, made, keys, key }
const error = new PikaError('timeout', 'late')

export type Facts = [
  Expect<Equal<typeof generation, CompletedGeneration>>,
  Expect<Equal<typeof final, FinalGeneration>>,
  Expect<Equal<FinalGeneration['status'], 'completed' | 'failed' | 'canceled'>>,
  Expect<Equal<PikaErrorCode, ProblemCode | FailureCode | 'canceled' | 'timeout' | 'network'>>,
  Expect<Equal<typeof error.code, PikaErrorCode>>,
  Expect<Equal<typeof error.problem, Problem | undefined>>,
  Expect<Equal<string extends PikaErrorCode ? true : false, false>>,
  Expect<Equal<typeof canceled, Generation>>,
  Expect<Equal<typeof followed, Generation>>,
  Expect<Equal<typeof again, CreatedGeneration>>,
  Expect<IsFullyKnown<typeof answers>>,
  Expect<IsFullyKnown<GenerationEvent>>,
  Expect<IsFullyKnown<AccountEvent>>,
  Expect<IsFullyKnown<FinalGeneration>>,
  Expect<IsFullyKnown<Problem>>,
]

// A service binding's fetch, as the Workers runtime types it.
declare const gateway: {
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
}
createPikaClient({ baseUrl: 'https://g.example', apiKey: 'k', fetch: gateway.fetch.bind(gateway) })

// What must not compile.

// @ts-expect-error a prompt is required
await pika.generate({})
// @ts-expect-error units are in the names
await pika.generate({ prompt: 'p' }, { timeout: 60 })
// @ts-expect-error any final generation may come, so a video is not certain
void final.video.url
// @ts-expect-error there is no such code
if (error.code === 'nsfw') throw error
// @ts-expect-error a client secret spends nothing
void follower.create
// @ts-expect-error a key is required
createPikaClient({ baseUrl: 'https://gateway.example' })

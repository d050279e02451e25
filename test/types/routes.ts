/** The types that `hc<AppType>` alone gives a caller. Compiled, never run. */
import { hc, type InferRequestType, type InferResponseType } from 'hono/client'
import type {
  AppType,
  CompletedGeneration,
  Problem,
  ProblemCode,
  Video,
} from '../../src/client/index.ts'
import type { Equal, Expect, IsFullyKnown } from './equal.ts'

// A caller's whole program: four lines, no type written by hand.
const client = hc<AppType>('https://gateway.example', { headers: { authorization: 'Bearer k' } })
const response = await client.v1.generations.$post({ json: { prompt: 'Sunlight on a slow river' } })
const answer = await response.json()
if ('id' in answer && answer.status === 'completed') answer.video.url satisfies string

// A caller who wants the plain list needs no arguments.
const list = await client.v1.generations.$get()
await client.v1.generations.$get({ query: { limit: '10', status: 'completed' } })

type Post = typeof client.v1.generations.$post
type Body = InferRequestType<Post>['json']
type Created = InferResponseType<Post, 202>
type Completed = Extract<Created, { status: 'completed' }>

type Ratio = '16:9' | '9:16' | '1:1' | '4:5' | '5:4' | '3:2' | '2:3'
type Status = 'submitting' | 'queued' | 'in_progress' | 'completed' | 'failed' | 'canceled'

export type Facts = [
  Expect<Equal<NonNullable<Body['aspect_ratio']>, Ratio>>,
  Expect<Equal<NonNullable<Body['resolution']>, '720p' | '1080p'>>,
  Expect<Equal<Body['prompt'], string>>,
  Expect<Equal<Created['status'], Status>>,
  Expect<Equal<Completed['video'], Video>>,
  Expect<Equal<Completed['error'], null>>,
  Expect<Equal<CompletedGeneration['video'], Video>>,
  Expect<Equal<InferResponseType<Post, 422>, Problem>>,
  Expect<Equal<InferResponseType<Post, 402>, Problem>>,
  Expect<Equal<InferResponseType<Post, 422>['code'], ProblemCode>>,
  Expect<Equal<InferResponseType<typeof client.v1.models.$get, 401>, Problem>>,
  Expect<Equal<string extends ProblemCode ? true : false, false>>,
]

type V1 = (typeof client)['v1']
type AnyResponse<R> = R extends (...args: never[]) => Promise<{ json(): Promise<infer T> }>
  ? T
  : never

export type NothingUnknown = [
  Expect<IsFullyKnown<AnyResponse<Post>>>,
  Expect<IsFullyKnown<Awaited<ReturnType<(typeof list)['json']>>>>,
  Expect<IsFullyKnown<AnyResponse<V1['generations'][':id']['$get']>>>,
  Expect<IsFullyKnown<AnyResponse<V1['generations'][':id']['cancel']['$post']>>>,
  Expect<IsFullyKnown<AnyResponse<V1['generations'][':id']['retry']['$post']>>>,
  Expect<IsFullyKnown<AnyResponse<V1['generations'][':id']['resolve']['$post']>>>,
  Expect<IsFullyKnown<AnyResponse<V1['requests'][':fal_request_id']['$get']>>>,
  Expect<IsFullyKnown<AnyResponse<V1['generations']['estimate']['$post']>>>,
  Expect<IsFullyKnown<AnyResponse<V1['models']['$get']>>>,
  Expect<IsFullyKnown<AnyResponse<V1['usage']['$get']>>>,
  Expect<IsFullyKnown<AnyResponse<V1['keys']['$post']>>>,
  Expect<IsFullyKnown<AnyResponse<V1['keys']['$get']>>>,
  Expect<IsFullyKnown<AnyResponse<V1['me']['$get']>>>,
]

// What must not compile.

// @ts-expect-error a prompt is required
await client.v1.generations.$post({ json: {} })
// @ts-expect-error the model has no aspect ratio 21:9
await client.v1.generations.$post({ json: { prompt: 'p', aspect_ratio: '21:9' } })
// @ts-expect-error Pika renders 5 or 10 seconds
await client.v1.generations.$post({ json: { prompt: 'p', duration: 7 } })
// @ts-expect-error there is no such field
await client.v1.generations.$post({ json: { prompt: 'p', aspectRatio: '16:9' } })
// @ts-expect-error an answer can be a problem, which has no video
void answer.video
// @ts-expect-error a generation that is not known to be completed may have no video
if ('id' in answer) void answer.video.url
// @ts-expect-error there is no such status
await client.v1.generations.$get({ query: { status: 'done' } })
// @ts-expect-error there is no such route
void client.v1.videos

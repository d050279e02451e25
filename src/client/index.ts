/** The typed client for the gateway. */
import { hc } from 'hono/client'
import type { AppType } from '../app.ts'
import type { AccountEvent, GenerationEvent } from '../contract/events.ts'
import type { CompletedGeneration, FinalGeneration } from '../contract/generation.ts'
import type { GenerationRequest } from '../contract/input.ts'
import { type Account, createAccount } from './account.ts'
import { connect, type Fetch, type PikaApi } from './connection.ts'
import { followAccount, followEvents } from './events.ts'
import type { AccountEventsOptions, EventsOptions } from './events.ts'
import { createGenerations, type Generations } from './generations.ts'
import { createSchedules, type Schedules } from './schedules.ts'
import { createWebhooks, type Webhooks } from './webhooks.ts'
import { type GenerateOptions, generateVideo, waitForEnd, type WaitOptions } from './wait.ts'

export type { AppType } from '../app.ts'
export type { AccountEvent, AccountEventType, GenerationEvent } from '../contract/events.ts'
export type {
  CompletedGeneration,
  CreatedGeneration,
  FinalGeneration,
  Generation,
  LateResult,
} from '../contract/generation.ts'
export type { Share, Video } from '../contract/video.ts'
export type { GenerationRequest } from '../contract/input.ts'
export type { KeyRequest, KeyView } from '../contract/key.ts'
export type { EstimateView, UsageView } from '../contract/usage.ts'
export type {
  SchedulePreviewRequest,
  ScheduleRequest,
  ScheduleUpdate,
} from '../contract/schedule.ts'
export type {
  Schedule,
  SchedulePreview,
  ScheduleRun,
  ScheduleSummary,
} from '../contract/schedule-answers.ts'
export type { BudgetThreshold } from '../contract/budget.ts'
export type {
  CreatedWebhook,
  Webhook,
  WebhookDelivery,
  WebhookRequest,
  WebhookUpdate,
} from '../contract/webhook.ts'
export type { Problem } from '../contract/problem-document.ts'
export type { ProblemCode } from '../contract/problem.ts'
export type { FailureCode, Origin, Status } from '../contract/status.ts'
export { PikaError, type PikaErrorCode } from './error.ts'
export type { AccountEventsOptions, EventsOptions } from './events.ts'
export type { Account, CreatedKey, KeyList, Keys, Models, UsageOptions } from './account.ts'
export type { CallOptions, Fetch, KeyedOptions, Page, PageOptions, PikaApi } from './connection.ts'
export type { Generations, ListOptions, RetryOptions, ShareOptions } from './generations.ts'
export type { Schedules } from './schedules.ts'
export type { WebhookList, Webhooks } from './webhooks.ts'
export type { GenerateOptions, WaitOptions } from './wait.ts'

/** Where the gateway is, and how to reach it. */
interface Reach {
  /** Where the gateway is, such as `https://pika-edge.example.workers.dev`. */
  readonly baseUrl: string
  /** Default: the global `fetch`. From another Worker: `env.GATEWAY.fetch.bind(env.GATEWAY)`. */
  readonly fetch?: Fetch | undefined
}

/** Which gateway to call, as which account, and how. */
export interface PikaClientOptions extends Reach {
  readonly apiKey: string
  /** With the operator's key, the account to act for. Default: `default`. */
  readonly account?: string | undefined
}

/** A gateway and the `client_secret` of one generation, which is safe in a browser. */
export interface FollowerOptions extends Reach {
  readonly clientSecret: string
}

/** A client that can only follow one generation. */
export type PikaFollower = Pick<PikaClient, 'get' | 'waitFor' | 'events'>

/** A client of one gateway: its typed routes, and helpers that make several calls. */
export interface PikaClient extends Generations, Account {
  /** hono's client: one typed call for each route, without retries. */
  readonly api: PikaApi
  /**
   * Requests a video and waits for it. Calls that break are sent again under one idempotency key,
   * so the video is paid for once.
   *
   * @throws {PikaError} with the reason as `code` if there will be no video, or none in time
   */
  readonly generate: (
    input: GenerationRequest,
    options?: GenerateOptions,
  ) => Promise<CompletedGeneration>
  /**
   * Waits until a generation has completed, failed or been canceled.
   *
   * @throws {PikaError} `timeout`, `network`, or the gateway's refusal; never for a failed generation
   */
  readonly waitFor: (id: string, options?: WaitOptions) => Promise<FinalGeneration>
  /**
   * A generation's events, in order and each once. It reconnects if the connection breaks, and
   * ends when the generation has ended.
   *
   * @throws {PikaError} at once if the gateway refuses; `network` if it stays unreachable
   */
  readonly events: (
    id: string,
    options?: EventsOptions,
  ) => AsyncGenerator<GenerationEvent, void, undefined>
  /**
   * The events of all the account's generations, in order and each once, until `signal` aborts.
   * Events are kept for seven days.
   *
   * @throws {PikaError} `events_expired` if `lastEventId` is older than that
   * @example
   * for await (const event of pika.accountEvents()) console.log(event.type, event.generation_id)
   */
  readonly accountEvents: (
    options?: AccountEventsOptions,
  ) => AsyncGenerator<AccountEvent, void, undefined>
  readonly schedules: Schedules
  /** URLs that receive the account's events. */
  readonly webhooks: Webhooks
}

/** Creates a client of one gateway. It makes no request itself. */
interface CreatePikaClient {
  (options: PikaClientOptions): PikaClient
  (options: FollowerOptions): PikaFollower
}

/**
 * Makes a client of one gateway, or with a client secret, a follower of one generation. It sends
 * nothing until a method is called.
 *
 * @example
 * const pika = createPikaClient({ baseUrl: 'http://127.0.0.1:8787', apiKey: 'pika_…' })
 * const { video } = await pika.generate({ prompt: 'Sunlight on a slow river' })
 * @example
 * const follower = createPikaClient({ baseUrl: 'http://127.0.0.1:8787', clientSecret: 'pcs_…' })
 * const { status } = await follower.waitFor('gen_…')
 */
export const createPikaClient: CreatePikaClient = (
  options: PikaClientOptions | FollowerOptions,
): PikaClient => {
  const { baseUrl, fetch: send = (url, init) => fetch(url, init) } = options
  const key = 'apiKey' in options ? options.apiKey : options.clientSecret
  const account = 'apiKey' in options ? options.account : undefined
  const credentials = {
    authorization: `Bearer ${key}`,
    ...(account === undefined ? {} : { 'pika-account': account }),
  }
  const gateway = connect(baseUrl, credentials, send)
  return {
    api: hc<AppType>(baseUrl, {
      headers: credentials,
      fetch: (input: string | URL | Request, init?: RequestInit) =>
        send(input instanceof Request ? input.url : String(input), init ?? {}),
    }),
    generate: (input, generateOptions) => generateVideo(gateway, input, generateOptions),
    waitFor: (id, waitOptions) => waitForEnd(gateway, id, waitOptions),
    events: (id, eventsOptions) => followEvents(gateway, id, eventsOptions),
    accountEvents: (accountOptions) => followAccount(gateway, accountOptions),
    schedules: createSchedules(gateway),
    webhooks: createWebhooks(gateway),
    ...createGenerations(gateway),
    ...createAccount(gateway),
  }
}

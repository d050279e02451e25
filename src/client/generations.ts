/** Calls about generations, one typed method for each route. */
import type { CreatedGeneration, Generation } from '../contract/generation.ts'
import type { Share } from '../contract/video.ts'
import type { GenerationRequest } from '../contract/input.ts'
import type { Origin, Status } from '../contract/status.ts'
import type { EstimateView } from '../contract/usage.ts'
import type { CallOptions, Connection, KeyedOptions, Page, PageOptions } from './connection.ts'

/** Which generations to list. */
export interface ListOptions extends PageOptions {
  readonly status?: Status | undefined
  readonly schedule_id?: string | undefined
  /** Who requested it: a schedule, a caller on one of fal's own paths, or any other (`api`). */
  readonly origin?: Origin | undefined
  readonly user?: string | undefined
  /** Times in ISO 8601, both excluded. */
  readonly created_after?: string | undefined
  readonly created_before?: string | undefined
}

/** Options of `PikaClient.retry`. */
export interface RetryOptions extends KeyedOptions {
  /** Retry even if the first one may have been paid for. Default: false. */
  readonly acceptDoubleCharge?: boolean | undefined
}

/** Options of `PikaClient.share`. */
export interface ShareOptions extends CallOptions {
  /** Seconds, from a minute to 30 days. Default: a day. */
  readonly expires_in_seconds?: number | undefined
}

/** Each call throws `PikaError`: the gateway's refusal, or `network`. */
export interface Generations {
  /**
   * Requests a video, and returns before it is made. Calls that break are sent again under one
   * idempotency key, so it is paid for once.
   *
   * @example
   * const { id, client_secret } = await pika.create({ prompt: 'Sunlight on a slow river' })
   */
  readonly create: (input: GenerationRequest, options?: KeyedOptions) => Promise<CreatedGeneration>
  readonly get: (id: string, options?: CallOptions) => Promise<Generation>
  /**
   * Pages of generations, newest first. Each is requested when the iteration reaches it.
   *
   * @example
   * for await (const { data } of pika.list({ status: 'completed' })) console.log(data.length)
   */
  readonly list: (options?: ListOptions) => AsyncGenerator<Page<Generation>, void, undefined>
  /** Asks fal to cancel it. The status stays until fal decides: it may still complete. */
  readonly cancel: (id: string, options?: CallOptions) => Promise<Generation>
  /** Makes a new generation from a failed or canceled one. */
  readonly retry: (id: string, options?: RetryOptions) => Promise<CreatedGeneration>
  /**
   * Deletes the prompt, video and events of a generation that has ended, never its cost.
   *
   * @throws {PikaError} `not_deletable` while it is open, or if it may have been paid for
   */
  readonly delete: (id: string, options?: CallOptions) => Promise<void>
  /**
   * A link to its video, which expires after a day or `expires_in_seconds`.
   *
   * @throws {PikaError} `no_video`
   */
  readonly share: (id: string, options?: ShareOptions) => Promise<Share>
  /** What it would cost, and which limits it would exceed. Nothing is sent to fal or stored. */
  readonly estimate: (input: GenerationRequest, options?: CallOptions) => Promise<EstimateView>
}

export const createGenerations = ({ ask, get, make, remove }: Connection): Generations => ({
  create: (input, options) => make(['generations'], input, options),
  get: (id, options) => get(['generations', id], options),
  list: async function* ({ signal, cursor, ...asked } = {}) {
    const { status, schedule_id, origin, user, created_after, created_before, limit } = asked
    const query = { status, schedule_id, origin, user, created_after, created_before, limit }
    let next = cursor
    do {
      const path = ['generations']
      const page = await get<Page<Generation>>(path, { signal }, { ...query, cursor: next })
      yield page
      next = page.next_cursor ?? undefined
    } while (next !== undefined)
  },
  cancel: (id, options) => ask('POST', ['generations', id, 'cancel'], {}, options),
  retry: (id, { acceptDoubleCharge, ...options } = {}) => {
    const body = { accept_double_charge: acceptDoubleCharge }
    return make(['generations', id, 'retry'], body, options)
  },
  delete: (id, options) => remove(['generations', id], options),
  share: (id, { expires_in_seconds, ...options } = {}) =>
    ask('POST', ['generations', id, 'share'], { expires_in_seconds }, options),
  estimate: (input, options) => ask('POST', ['generations', 'estimate'], input, options),
})

/** Sends a request that spends: again under the same key while its answer is lost. */
import type { ClientRequestOptions } from 'hono/client'
import type { PikaError } from '../client/index.ts'
import { backOffMs, sleep } from '../client/patience.ts'
import { type JsonResponse, type Success, tryCall } from './answers.ts'
import { connectionCode } from './connection-words.ts'
import { Interrupted } from './interrupt.ts'

const FIRST_WAIT_MS = 500
/** Some two minutes, unless the gateway asks for longer waits. */
const MAX_TRIES = 9

export interface Spent<Body> {
  readonly body: Body
  /** The key had been used: this is what came of it then. */
  readonly isReplayed: boolean
}

/**
 * Sends under an idempotency key. What cannot be reached at all is an error at once; what
 * may have arrived is sent again.
 *
 * @param say tells that it is sent again
 * @param signal undefined where an interruption must not cut it off
 * @throws {PikaError} with the key in it
 */
export const spend = async <R extends JsonResponse>(
  say: (line: string) => void,
  idempotencyKey: string,
  signal: AbortSignal | undefined,
  call: (options: ClientRequestOptions) => Promise<R>,
): Promise<Spent<Success<R>>> => {
  try {
    for (let tries = 1; ; tries++) {
      const answer = await tryCall(call, signal, { 'idempotency-key': idempotencyKey })
      if (answer.refusal === undefined) {
        const isReplayed = answer.headers.get('idempotent-replayed') === 'true'
        return { body: answer.body, isReplayed }
      }
      const { error, canRetry, retryAfterMs } = answer.refusal
      if (!canRetry || tries >= MAX_TRIES || (tries === 1 && neverLeft(error))) {
        throw error.with({ idempotencyKey })
      }
      const waitMs = retryAfterMs ?? backOffMs(tries, FIRST_WAIT_MS)
      const seconds = Math.ceil(waitMs / 1000)
      say(`${error.message}; sending it again in ${seconds} s, which never pays twice`)
      await sleep(waitMs, signal)
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    throw new Interrupted(error.exitCode, [
      'It may have reached the gateway already. To follow it without paying twice, run',
      `the same command again with --idempotency-key ${idempotencyKey}`,
    ])
  }
}

/** Codes of connections that were never made. */
const NEVER_MADE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

const neverLeft = (error: PikaError): boolean => NEVER_MADE.has(connectionCode(error) ?? '')

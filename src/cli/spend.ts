/** Sends a request that spends: again under the same key while its answer is lost. */
import type { ClientRequestOptions } from 'hono/client'
import { sendUntilAnswered } from '../client/retry.ts'
import { type JsonResponse, type Success, tryCall } from './answers.ts'
import { neverLeft } from './connection-words.ts'
import { Interrupted } from './interrupt.ts'

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
 * @param signal undefined if an interruption must not cut it off
 * @throws {PikaError} with the key in it
 */
export const spend = async <R extends JsonResponse>(
  say: (line: string) => void,
  idempotencyKey: string,
  signal: AbortSignal | undefined,
  call: (options: ClientRequestOptions) => Promise<R>,
): Promise<Spent<Success<R>>> => {
  try {
    const { body, headers } = await sendUntilAnswered(
      {
        signal,
        idempotencyKey,
        beforeRetry: (error, waitMs, tries) => {
          if (tries === 1 && neverLeft(error)) throw error
          const seconds = Math.ceil(waitMs / 1000)
          say(`${error.message}; sending it again in ${seconds} s, which never pays twice`)
        },
      },
      () => tryCall(call, signal, { 'idempotency-key': idempotencyKey }),
    )
    return { body, isReplayed: headers.get('idempotent-replayed') === 'true' }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    throw new Interrupted(error.exitCode, [
      'It may have reached the gateway already. To follow it without paying twice, run',
      `the same command again with --idempotency-key ${idempotencyKey}`,
    ])
  }
}

/** The client's only error class: for refusals, failed generations and the network. */
import type { Generation } from '../contract/generation.ts'
import type { Problem, ProblemCode } from '../contract/problem.ts'
import type { FailureCode } from '../contract/status.ts'

/**
 * Why there is no video: the gateway refused the request (`ProblemCode`), the generation failed
 * (`FailureCode`) or was canceled, `timeoutMs` passed, or no gateway answered (`network`).
 */
export type PikaErrorCode = ProblemCode | FailureCode | 'canceled' | 'timeout' | 'network'

/** What is known besides the code and the message. */
export interface PikaErrorFacts {
  /** HTTP status of the answer, if one came. */
  readonly status?: number
  /** The gateway's problem document. */
  readonly problem?: Problem
  /** The generation as it was last seen, if there is one. */
  readonly generation?: Generation
  /** Identifies the request in the gateway's logs. */
  readonly requestId?: string
  /** The key that was sent: the same call with this key never pays twice. */
  readonly idempotencyKey?: string
  readonly cause?: unknown
}

/**
 * `code` has the reason.
 *
 * @example
 * catch (error) {
 *   if (error instanceof PikaError && error.code === 'content_policy_violation') { … }
 * }
 */
export class PikaError extends Error {
  override readonly name = 'PikaError'
  readonly code: PikaErrorCode
  readonly status: number | undefined
  readonly problem: Problem | undefined
  readonly generation: Generation | undefined
  readonly requestId: string | undefined
  readonly idempotencyKey: string | undefined

  constructor(code: PikaErrorCode, message: string, facts: PikaErrorFacts = {}) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause })
    this.code = code
    this.status = facts.status
    this.problem = facts.problem
    this.generation = facts.generation
    this.requestId = facts.requestId ?? facts.problem?.request_id
    this.idempotencyKey = facts.idempotencyKey
  }

  /** A copy with more facts. */
  with(facts: Pick<PikaErrorFacts, 'generation' | 'idempotencyKey'>): PikaError {
    const copy = new PikaError(this.code, this.message, { cause: this.cause })
    return Object.assign(copy, this, facts)
  }
}

/** For a call without an answer, or with an incomplete one. */
export const networkError = (cause: unknown): PikaError => {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new PikaError('network', `the gateway did not answer: ${reason}`, { cause })
}

/** Which problems come with what an operation does. */
import type { ProblemCode } from '../../../src/contract/problem.ts'

type Codes = readonly ProblemCode[]

/** Whoever needs a key can be refused so. */
export const ACCESS: Codes = [
  'invalid_header',
  'unauthorized',
  'missing_scope',
  'rate_limited',
  'internal_error',
  'not_configured',
  'unavailable',
]
export const BODY: Codes = [
  'malformed_json',
  'payload_too_large',
  'unsupported_media_type',
  'invalid_input',
]
/** Whatever may create a generation on fal's own paths: what fal refuses shows on the result. */
export const FAL_SPENDING: Codes = [
  'over_budget',
  'idempotency_key_reused',
  'generation_deleted',
  'too_many_open',
  'switched_off',
]
/** These stand for a generation that was made, and so carry what it would. */
export const REFUSED_BY_FAL: Codes = [
  'input_refused',
  'fal_refused',
  'fal_unavailable',
  'fal_account_locked',
  'fal_queue_full',
]
/** Whatever else may create a generation. */
export const SPENDING: Codes = [...FAL_SPENDING, ...REFUSED_BY_FAL]

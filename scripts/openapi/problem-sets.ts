/** Sets of problems that operations share. */
import type { ProblemCode } from '../../src/contract/problem.ts'

type Codes = readonly ProblemCode[]

/** Any operation that needs a key can answer these. */
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
/** On fal's own paths, any operation that may create a generation: the result has fal's refusal. */
export const FAL_SPENDING: Codes = [
  'over_budget',
  'idempotency_key_reused',
  'generation_deleted',
  'too_many_open',
  'switched_off',
]
/** These are about a generation that was created, and carry its headers. */
export const REFUSED_BY_FAL: Codes = [
  'input_refused',
  'fal_refused',
  'fal_unavailable',
  'fal_account_locked',
  'fal_queue_full',
]
/** Any other operation that may create a generation. */
export const SPENDING: Codes = [...FAL_SPENDING, ...REFUSED_BY_FAL]

/** The document that carries a refusal to its caller. */
import * as z from 'zod/mini'
import { type ProblemCode, PROBLEMS } from './problem.ts'

const codes = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]

/** @see https://www.rfc-editor.org/rfc/rfc9457 */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  code: z.enum(codes),
  request_id: z.string(),
  retryable: z.boolean(),
  /** Every field that is wrong, not only the first. */
  errors: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
  /** The generation this request made before it was refused, if it made one. */
  generation_id: z.optional(z.string()),
  /** Until when that generation may still turn up, where fal's no is no proof. */
  listening_until: z.optional(z.string()),
  /** US dollars: what it needed, what was left, and when the limit starts afresh. */
  cost: z.optional(
    z.object({
      needed_usd: z.number(),
      left_usd: z.number(),
      limit_usd: z.number(),
      limit: z.string(),
      resets_at: z.string(),
    }),
  ),
})

/** A refusal, as RFC 9457 writes it. */
export type Problem = z.infer<typeof problem>
/** One field that is wrong, and how. */
export type FieldError = NonNullable<Problem['errors']>[number]

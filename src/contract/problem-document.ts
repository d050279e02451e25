/** The document that carries a refusal to its caller. */
import * as z from 'zod/mini'
import { type ProblemCode, PROBLEMS } from './problem.ts'

const codes = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]

/**
 * Why a request was refused, in the form of RFC 9457.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export const problem = z.object({
  /** What the code means: a path of the gateway, to open in a browser. */
  type: z.string(),
  /** The code in words, always the same for a code. */
  title: z.string(),
  /** The status of the answer. */
  status: z.int(),
  /** What happened this time. */
  detail: z.string(),
  /** The requested path. */
  instance: z.string(),
  /** The reason, for programs to branch on. */
  code: z.enum(codes),
  /** The `X-Request-Id` of the answer. */
  request_id: z.string(),
  /** Whether the same request can succeed later without a change by you. */
  retryable: z.boolean(),
  /** Every field that is wrong, not only the first. */
  errors: z.optional(
    z.array(
      z.object({
        /** The field, such as `input.duration`; empty: the whole body. */
        path: z.string(),
        /** Why. */
        message: z.string(),
      }),
    ),
  ),
  /** The generation that the problem is about. */
  generation_id: z.optional(z.string()),
  /** Until when it may still appear: fal said that it did not take the request, without proof. */
  listening_until: z.optional(z.string()),
  /** The exceeded limit. */
  cost: z.optional(
    z.object({
      /** US dollars: what this request needs. */
      needed_usd: z.number(),
      /** US dollars: what is left. */
      left_usd: z.number(),
      /** US dollars: the whole limit. */
      limit_usd: z.number(),
      /** The limit. */
      limit: z.string(),
      /** When the limit resets. */
      resets_at: z.string(),
    }),
  ),
})

/** A refusal, in the form of RFC 9457. */
export type Problem = z.infer<typeof problem>
/** A faulty field, and its fault. */
export type FieldError = NonNullable<Problem['errors']>[number]

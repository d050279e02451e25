/** What a caller may ask for: the model's documented input, checked to the letter. */
import * as z from 'zod/mini'
import { body, text as upTo } from './field.ts'
import { webhookUrl } from './webhook.ts'
import { ASPECT_RATIOS, DEFAULTS, RESOLUTIONS } from './model.ts'

const listed = (values: readonly unknown[]) =>
  `must be one of ${values.map((value) => JSON.stringify(value)).join(', ')}`

const text = z.string({ error: 'must be a string' })

/** fal documents integers and its own client types strings, so both come in; integers go out. */
const duration = z.pipe(
  z.literal([5, 10, '5', '10'], { error: 'must be 5 or 10 (seconds)' }),
  z.transform((value): 5 | 10 => (Number(value) === 10 ? 10 : 5)),
)

const pairs = z
  .record(
    z
      .string()
      .check(
        z.minLength(1, { error: 'keys must not be empty' }),
        z.maxLength(64, { error: 'keys may have at most 64 characters' }),
      ),
    z
      .string({ error: 'values must be strings' })
      .check(z.maxLength(512, { error: 'values may have at most 512 characters' })),
    { error: 'must be an object of strings' },
  )
  .check(
    z.refine((pairs) => Object.keys(pairs).length <= 16, { error: 'may have at most 16 pairs' }),
  )

/**
 * Up to 16 pairs that the gateway keeps beside a generation and never sends to fal. zod's
 * record drops `__proto__` without a word, and two bodies that differ in it would be one.
 */
export const metadata = z.pipe(
  z.transform((given: Record<string, string>, { issues }) => {
    if (typeof given === 'object' && given !== null && Object.hasOwn(given, '__proto__')) {
      const message = 'is not a key that can be kept: choose another'
      issues.push({ code: 'custom', input: given, path: ['__proto__'], message })
    }
    return given
  }),
  pairs,
)

/** What usage calls the users that it does not tell apart. */
export const OTHER_USERS = 'other'

/** An opaque id of the caller's own end user. */
export const user = upTo(128, 1).check(
  z.refine((id) => id !== OTHER_USERS, {
    error: `must not be ${OTHER_USERS}: usage calls so whom it does not tell apart`,
  }),
)

const modelFields = {
  /**
   * What the video should show. Not empty.
   * @pattern \S
   * @example Sunlight on a slow river
   */
  prompt: text.check(z.refine((prompt) => prompt.trim() !== '', { error: 'must not be empty' })),
  /**
   * What it should not show. Sent only when given: leaving it out takes the model's own default,
   * an empty string overrides it.
   */
  negative_prompt: z.optional(text),
  /**
   * The same seed and input give a similar video. 0 is a seed too. Where none is given, the
   * gateway chooses one and shows it.
   */
  seed: z.optional(z.int({ error: 'must be an integer' })),
  /** Width to height. */
  aspect_ratio: z._default(
    z.enum(ASPECT_RATIOS, { error: listed(ASPECT_RATIOS) }),
    DEFAULTS.aspect_ratio,
  ),
  /** Decides the price, together with `duration`. */
  resolution: z._default(z.enum(RESOLUTIONS, { error: listed(RESOLUTIONS) }), DEFAULTS.resolution),
  /**
   * Seconds. A number, or the same as text.
   * @default 5
   */
  duration: z._default(duration, DEFAULTS.duration),
}

/** The documented input of the model. */
export const modelInput = body(modelFields)

/** A request for one video: the documented input of the model, as it is. */
export const generationRequest = body({
  ...modelFields,
  /**
   * Up to 16 pairs of your own. They are never sent to fal.
   * @maxProperties 16
   * @example {"order":"4711"}
   */
  metadata: z.optional(metadata),
  /**
   * An opaque id of your own end user, whose video it is: to list and to add up by. Never sent
   * to fal.
   * @not {"const":"other"}
   * @example u_4711
   */
  user: z.optional(user),
  /**
   * Told how it ends: one more receiver beside the account's webhooks, with the same rules for
   * its address. Messages are signed with the account's own webhook secret.
   */
  webhook_url: z.optional(webhookUrl),
})

/** The input as the caller writes it. */
export type ModelInput = z.input<typeof modelInput>
/** The input as it goes to fal: defaults filled in, `duration` an integer. */
export type NormalisedInput = z.output<typeof modelInput>
/** What `POST /v1/generations` takes. */
export type GenerationRequest = z.input<typeof generationRequest>

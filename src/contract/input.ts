/** The input that a caller may send: the model's documented input, strictly checked. */
import * as z from 'zod/mini'
import { body, text as upTo } from './field.ts'
import { webhookUrl } from './webhook.ts'
import { ASPECT_RATIOS, DEFAULTS, RESOLUTIONS } from './model.ts'

const quoted = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.map((one) => `"${one}"`).join(', ')}` })

const text = z.string({ error: 'must be a string' })

/** fal documents integers, its client's types strings: both are accepted, integers are sent. */
const duration = z.pipe(
  z.literal([5, 10, '5', '10'], { error: 'must be 5 or 10 (seconds)' }),
  z.transform((value): 5 | 10 => (Number(value) === 10 ? 10 : 5)),
)

const pairs = z
  .record(
    upTo(64, 1, 'keys '),
    z
      .string({ error: 'values must be strings' })
      .check(z.maxLength(512, { error: 'values may have at most 512 characters' })),
    { error: 'must be an object of strings' },
  )
  .check(
    z.refine((pairs) => Object.keys(pairs).length <= 16, { error: 'may have at most 16 pairs' }),
  )

/**
 * Up to 16 pairs that the gateway stores with a generation and never sends to fal. zod's record
 * silently drops `__proto__`, so two bodies that differ in it would be the same.
 */
export const metadata = z.pipe(
  z.transform((given: Record<string, string>, { issues }) => {
    if (typeof given === 'object' && given !== null && Object.hasOwn(given, '__proto__')) {
      const message = 'is a key that cannot be stored: choose another'
      issues.push({ code: 'custom', input: given, path: ['__proto__'], message })
    }
    return given
  }),
  pairs,
)

/** Usage groups the users beyond its limit under this name. */
export const OTHER_USERS = 'other'

/** An opaque id of the caller's own end user. */
export const user = upTo(128, 1).check(
  z.refine((id) => id !== OTHER_USERS, {
    error: `must not be ${OTHER_USERS}: usage uses it for the users that it does not list`,
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
   * What it should not show. Sent only if you give it: if absent, the model's own default applies;
   * an empty string overrides that.
   */
  negative_prompt: z.optional(text),
  /**
   * The same seed and input give a similar video. 0 is a seed too. If you give none, the gateway
   * chooses one and shows it.
   */
  seed: z.optional(z.int({ error: 'must be an integer' })),
  /** Width to height. */
  aspect_ratio: z._default(quoted(ASPECT_RATIOS), DEFAULTS.aspect_ratio),
  /** Decides the price, together with `duration`. */
  resolution: z._default(quoted(RESOLUTIONS), DEFAULTS.resolution),
  /**
   * Seconds, as a number or as text.
   * @default 5
   */
  duration: z._default(duration, DEFAULTS.duration),
}

/** The model's documented input. */
export const modelInput = body(modelFields)

/** A request for one video: the model's documented input, unchanged. */
export const generationRequest = body({
  ...modelFields,
  /**
   * Up to 16 pairs of your own. They are never sent to fal.
   * @maxProperties 16
   * @example {"order":"4711"}
   */
  metadata: z.optional(metadata),
  /**
   * An opaque id of your own end user, to filter lists and sum up usage by. Never sent to fal.
   * @not {"const":"other"}
   * @example u_4711
   */
  user: z.optional(user),
  /**
   * Receives its end, besides the account's webhooks and under the same rules for URLs. Messages
   * are signed with the account's webhook secret.
   */
  webhook_url: z.optional(webhookUrl),
})

/** The input as the caller writes it. */
export type ModelInput = z.input<typeof modelInput>
/** The input as sent to fal: defaults filled in, `duration` an integer. */
export type NormalisedInput = z.output<typeof modelInput>
/** The body of `POST /v1/generations`. */
export type GenerationRequest = z.input<typeof generationRequest>

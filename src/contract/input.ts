/** What a caller may ask for: the model's documented input, checked to the letter. */
import * as z from 'zod/mini'
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
export const user = z.string({ error: 'must be a string' }).check(
  z.minLength(1, { error: 'must not be empty' }),
  z.maxLength(128, { error: 'may have at most 128 characters' }),
  z.refine((id) => id !== OTHER_USERS, {
    error: `must not be ${OTHER_USERS}: usage calls so whom it does not tell apart`,
  }),
)

const modelFields = {
  prompt: text.check(z.refine((prompt) => prompt.trim() !== '', { error: 'must not be empty' })),
  negative_prompt: z.optional(text),
  seed: z.optional(z.int({ error: 'must be an integer' })),
  aspect_ratio: z._default(
    z.enum(ASPECT_RATIOS, { error: listed(ASPECT_RATIOS) }),
    DEFAULTS.aspect_ratio,
  ),
  resolution: z._default(z.enum(RESOLUTIONS, { error: listed(RESOLUTIONS) }), DEFAULTS.resolution),
  duration: z._default(duration, DEFAULTS.duration),
}

const object = { error: 'must be a JSON object' }

/**
 * The input as a caller gives it. `negative_prompt` stays absent unless it was given: sending an
 * empty one would override the default that the live model applies. A seed that was not given is
 * chosen when the generation is admitted.
 */
export const modelInput = z.strictObject(modelFields, object)

/** The body of `POST /v1/generations`: the model's input, and what the gateway keeps beside it. */
export const generationRequest = z.strictObject(
  {
    ...modelFields,
    metadata: z.optional(metadata),
    user: z.optional(user),
    /** Told of its end, signed with the account's own webhook secret. */
    webhook_url: z.optional(webhookUrl),
  },
  object,
)

/** The input as the caller writes it. */
export type ModelInput = z.input<typeof modelInput>
/** The input as it goes to fal: defaults filled in, `duration` an integer. */
export type NormalisedInput = z.output<typeof modelInput>
/** What `POST /v1/generations` takes. */
export type GenerationRequest = z.input<typeof generationRequest>

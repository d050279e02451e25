/** The fields of what callers ask a video with. */
import type { Fields } from './field.ts'
import { WEBHOOK_URL } from './webhook.ts'

export const INPUT: Fields = {
  prompt: {
    description: 'What the video should show. Not empty.',
    pattern: '\\S',
    examples: ['Sunlight on a slow river'],
  },
  negative_prompt:
    "What it should not show. Sent only when given: leaving it out takes the model's own default, an empty string overrides it.",
  seed: 'The same seed and input give a similar video. 0 is a seed too. Where none is given, the gateway chooses one and shows it.',
  aspect_ratio: 'Width to height.',
  resolution: 'What the price depends on, together with `duration`.',
}

export const DURATION: Fields = {
  duration: { description: 'Seconds. Both the number and its text are taken.', default: 5 },
}

export const NORMALISED: Fields = {
  ...INPUT,
  duration: { description: 'Seconds.', type: 'integer', enum: [5, 10] },
}

export const METADATA: Fields = {
  metadata: {
    description: 'Up to 16 pairs that are kept beside the generation, and never sent to fal.',
    maxProperties: 16,
    examples: [{ order: '4711' }],
  },
}

export const USER: Fields = {
  user: {
    description:
      'An opaque id of your own end user, whose video it is: to list and to add up by. Never sent to fal.',
    not: { const: 'other' },
    examples: ['u_4711'],
  },
}

export const INPUT_FIELDS = {
  GenerationRequest: { ...INPUT, ...DURATION, ...METADATA, ...USER, ...WEBHOOK_URL },
  FalInput: { ...INPUT, ...DURATION },
  NormalisedInput: NORMALISED,
  RetryRequest: {
    accept_double_charge:
      'Retry although the first attempt may have been paid for: one whose cost is `unknown`, or which fal refused without proof.',
  },
  ResolveRequest: {
    charged: 'Whether it was paid for.',
    fal_request_id: "fal's id of the request that it is.",
  },
} as const satisfies Record<string, Fields>

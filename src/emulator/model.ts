/** The emulated model: its name, its price, and fal's description of its input. */
import { ASPECT_RATIOS, INPUT_DEFAULTS, RESOLUTIONS } from './model-input.ts'

export const MODEL_ID = 'fal-ai/pika/v2.2/text-to-video'

/** Per second at 720p. A second at 1080p counts as more of these units. */
export const PRICE = { unit_price: 0.04, unit: 'seconds', currency: 'USD' } as const

/** The part of the model's description that defines its input. */
export const OPENAPI = {
  openapi: '3.0.4',
  components: {
    schemas: {
      PikaV22TextToVideoInput: {
        type: 'object',
        required: ['prompt'],
        properties: {
          prompt: { type: 'string' },
          seed: { type: 'integer' },
          negative_prompt: { type: 'string', default: INPUT_DEFAULTS.negative_prompt },
          aspect_ratio: {
            type: 'string',
            enum: ASPECT_RATIOS,
            default: INPUT_DEFAULTS.aspect_ratio,
          },
          resolution: { type: 'string', enum: RESOLUTIONS, default: INPUT_DEFAULTS.resolution },
          duration: { type: 'integer', enum: [5, 10], default: INPUT_DEFAULTS.duration },
        },
      },
    },
  },
}

/** `/v1/models`: the allowed input, and what it costs. */
import { ASPECT_RATIOS, DEFAULTS, DURATIONS, MODEL, RESOLUTIONS } from '../contract/model.ts'
import { toUsd } from '../contract/units.ts'
import { scope } from './access.ts'
import { newRoutes } from './gateway.ts'

export const models = newRoutes().get('/', scope(null), (c) => {
  const { prices, queueOrigin } = c.get('gateway')
  const model = {
    id: MODEL,
    object: 'model' as const,
    /** Distinguishes fal from its emulator. */
    queue_origin: queueOrigin,
    input: {
      prompt: { required: true, note: 'must not be empty' },
      negative_prompt: {
        required: false,
        note: "sent only when given: leaving it out takes the model's own default, an empty string overrides it",
      },
      seed: {
        required: false,
        note: 'an integer, including 0; if you give none, the gateway chooses and sends one',
      },
      aspect_ratio: { values: [...ASPECT_RATIOS], default: DEFAULTS.aspect_ratio },
      resolution: { values: [...RESOLUTIONS], default: DEFAULTS.resolution },
      duration: { values: [...DURATIONS], default: DEFAULTS.duration, unit: 'seconds' as const },
    },
    prices: RESOLUTIONS.flatMap((resolution) =>
      DURATIONS.map((duration) => ({
        resolution,
        duration,
        usd: toUsd(prices[resolution][duration]),
      })),
    ),
  }
  return c.json({ object: 'list' as const, data: [model] }, 200)
})

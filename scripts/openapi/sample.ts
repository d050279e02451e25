/** Makes examples from schemas, so that an example states only what is special about it. */
import * as z from 'zod/mini'

/** A generation's id, and fal's id of the same. */
export const EXAMPLE_ID = 'gen_01m836txt7gb5hjrvqqthaem5x'
export const EXAMPLE_FAL_ID = '764cabcf-b745-4b3e-ae38-1200304cf45b'

const likeId = (prefix: string): string => EXAMPLE_ID.replace('gen', prefix)

const video = `https://pika-edge.example.workers.dev/videos/default/${EXAMPLE_ID}.mp4?sig=AAECAwQFBgcICQoLDA0ODw`
const hook = 'https://example.com/hooks/pika'
const base = `https://gateway.example/queue/fal-ai/pika/requests/${EXAMPLE_ID}`

/** The values of fields, by their names or the object's and theirs, wherever they are valid. */
const USUAL: Readonly<Record<string, unknown>> = {
  'generation.id': EXAMPLE_ID,
  'schedule.id': likeId('sch'),
  'webhook.id': likeId('wh'),
  'webhook_delivery.id': likeId('msg'),
  'key.id': likeId('key'),
  'account.id': 'acme',
  account_id: 'acme',
  generation_id: EXAMPLE_ID,
  'schedule_run.schedule_id': likeId('sch'),
  key_id: likeId('key'),
  fal_request_id: EXAMPLE_FAL_ID,
  name: 'website',
  'schedule.name': 'Good morning',
  scopes: ['generations:read', 'generations:write'],
  prefix: 'pika_acme_0Z3kTq',
  key: 'pika_acme_0Z3kTqA1bC2dE3fG4hI5jK6lM7nO8pQ9rS0tU1vW2xY_2nF4pH6rJ8tL0vN2xP4zR6',
  client_secret: `pcs_default.${EXAMPLE_ID}.1795512600.AAECAwQFBgcICQoLDA0ODw`,
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=',
  prompt: 'Sunlight on a slow river',
  seed: 1234567890,
  aspect_ratio: '16:9',
  resolution: '720p',
  duration: 5,
  seed_source: 'generated',
  adopted_by: 'answer',
  queue_position: 2,
  expected_seconds: { p50: 48, p90: 75 },
  url: video,
  'share.url': `${video}&expires=1795512600`,
  'webhook.url': hook,
  'webhook_delivery.url': hook,
  source_url: 'https://v3.fal.media/files/penguin/Q8nRX0.mp4',
  content_type: 'video/mp4',
  file_name: 'output.mp4',
  file_size: 4_404_019,
  archived_at: '2026-11-23T09:30:53.406Z',
  'generation.cost': {
    estimated_usd: 0.2,
    charged_usd: null,
    state: 'reserved',
    basis: 'price_table',
  },
  'generation.late_results': [],
  estimated_usd: 0.2,
  charged_usd: 1.2,
  cost_per_run_usd: 0.2,
  daily_budget_usd: 10,
  time_zone: 'Europe/Paris',
  max_open: 1000,
  max: 1000,
  open: 3,
  now: 3,
  total: 3,
  marked: 2,
  'after_restore.unconfirmed': 3,
  limit: 'account_daily',
  limit_usd: 10,
  spent_usd: 1.4,
  left_usd: 8.6,
  resets_at: '2026-11-23T23:00:00.000Z',
  generations: 7,
  reserved_usd: 0.2,
  released_usd: 0.2,
  status: 'completed',
  admissible: true,
  reasons: [],
  from: '2026-11-01',
  to: '2026-11-23',
  day: '2026-11-23',
  cron: '0 9 * * 1-5',
  timezone: 'Europe/Paris',
  next_runs: [24, 25, 26, 27, 30].map((day) => `2026-11-${day}T08:00:00.000Z`),
  next_run_at: '2026-11-24T08:00:00.000Z',
  projected_monthly_usd: 4.4,
  run_count: 12,
  catch_up: 'latest',
  'schedule.input': {
    prompt: 'Sunrise over the city on {{weekday}}, {{date}}',
    aspect_ratio: '16:9',
    resolution: '720p',
    duration: 5,
  },
  'schedule_preview.prompt': 'Sunrise over the city on Tuesday, 2026-11-24',
  slots: 1,
  slot: '2026-11-23T08:00:00.000Z',
  outcome: 'completed',
  enabled: true,
  events: ['generation.completed', 'generation.failed'],
  'webhook_delivery.state': 'delivered',
  attempts: [{ at: '2026-11-23T09:30:52.000Z', took_ms: 84, status: 200, error: null, body: 'ok' }],
  created_at: '2026-11-23T09:30:00.000Z',
  updated_at: '2026-11-23T09:30:00.000Z',
  'share.expires_at': '2026-11-24T09:30:00.000Z',
  'webhook_secret.previous_secret_until': '2026-11-24T09:30:00.000Z',
  request_id: EXAMPLE_ID,
  gateway_request_id: EXAMPLE_ID,
  response_url: base,
  status_url: `${base}/status`,
  cancel_url: `${base}/cancel`,
  inference_time: 47.753,
}

const LEAST: Readonly<Record<string, unknown>> = {
  number: 0,
  boolean: false,
  record: {},
  string: '',
}

/**
 * A value of a schema: the given fields, and for the others the usual value, or the least one:
 * null, none, false.
 */
export const sample = <T extends z.core.$ZodType>(
  schema: T,
  given: Readonly<Record<string, unknown>> = {},
): z.output<T> => valueOf(schema, given) as z.output<T>

const valueOf = (schema: z.core.$ZodType, given: Readonly<Record<string, unknown>>): unknown => {
  const def = (schema as z.ZodMiniType).def as z.core.$ZodTypes['_zod']['def']
  switch (def.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(def.shape).flatMap(([name, field]) => {
          const value = name in given ? given[name] : fieldOf(name, field, def.shape['object'])
          return value === undefined ? [] : [[name, value]]
        }),
      )
    case 'intersection':
      return { ...Object(valueOf(def.left, given)), ...Object(valueOf(def.right, given)) }
    case 'optional':
      return undefined
    case 'union':
      return def.options[0] && valueOf(def.options[0], given)
    case 'literal':
      return def.values[0]
    case 'enum':
      return Object.values(def.entries)[0]
    case 'array':
      return [valueOf(def.element, {})]
    default:
      return LEAST[def.type] ?? null
  }
}

const fieldOf = (name: string, field: z.core.$ZodType, object: z.core.$ZodType | undefined) => {
  const usual = (object && USUAL[`${String(valueOf(object, {}))}.${name}`]) ?? USUAL[name]
  return usual !== undefined && z.safeParse(field, usual).success ? usual : valueOf(field, {})
}

/** fal's platform API, `https://api.fal.ai/v1`: what fal reports about an account. */
import { Hono } from 'hono'
import { billing } from './billing.ts'
import type { EmulatorContext } from './context.ts'
import { history } from './history.ts'
import { MODEL_ID, OPENAPI, PRICE } from './model.ts'
import { observe } from './observe.ts'
import type { EmulatorEnv } from './observe.ts'
import { listOf, refusal } from './query.ts'

/** Addresses reserved for documentation. */
const WEBHOOK_IP_RANGES = ['192.0.2.0/24', '2001:db8::/32']

export function platformRoutes(emulator: EmulatorContext): Hono<EmulatorEnv> {
  const app = new Hono<EmulatorEnv>()
  app.get('/models/requests/by-endpoint', observe(emulator, 'history'), async (c) =>
    history(emulator, c),
  )
  app.get('/models/billing-events', observe(emulator, 'billing'), (c) => billing(emulator, c))
  app.get('/models/pricing', observe(emulator, 'pricing'), (c) => {
    const asked = listOf(c, 'endpoint_id')
    if (asked.length === 0) return refusal(400, 'endpoint_id is required')
    const prices = asked.includes(MODEL_ID) ? [{ endpoint_id: MODEL_ID, ...PRICE }] : []
    return c.json({ prices, next_cursor: null, has_more: false })
  })
  app.get('/models', observe(emulator, 'models'), (c) => {
    const asked = listOf(c, 'endpoint_id')
    const isAsked = asked.length === 0 || asked.includes(MODEL_ID)
    const described = { endpoint_id: MODEL_ID, openapi: OPENAPI }
    return c.json({ models: isAsked ? [described] : [], next_cursor: null, has_more: false })
  })
  app.get('/meta', observe(emulator, 'meta'), (c) =>
    c.json({ webhook_ip_ranges: WEBHOOK_IP_RANGES }),
  )
  return app
}

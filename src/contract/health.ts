/** What `/healthz` answers. */
import * as z from 'zod/mini'

export const HEALTH_REASONS = [
  /** fal takes nothing at present, and something waits for it. */
  'provider_unavailable',
  /** fal's answers may be those of another fal account than the open generations were sent with. */
  'fal_account_changed',
  /** fal does not let the key read its request history, in which lost answers are looked for. */
  'history_refused',
  /** fal does not let `FAL_BILLING_KEY` read what it charged. */
  'billing_refused',
] as const
export type HealthReason = (typeof HEALTH_REASONS)[number]

export const health = z.object({
  /** `degraded`: it is up, and something outside of it is not. */
  status: z.enum(['ok', 'degraded']),
  /** Whether fal can call the gateway back. */
  webhooks: z.enum(['on', 'off']),
  reasons: z.array(z.object({ code: z.enum(HEALTH_REASONS), since: z.string() })),
})

export type Health = z.infer<typeof health>

/** The answer of `/healthz`. */
import * as z from 'zod/mini'

export const HEALTH_REASONS = [
  'provider_unavailable',
  'fal_account_changed',
  'history_refused',
  'billing_refused',
] as const
export type HealthReason = (typeof HEALTH_REASONS)[number]

/** The health of the gateway. */
export const health = z.object({
  /** `ok`: configured. `degraded`: something outside the gateway is wrong; `reasons` names it. */
  status: z.enum(['ok', 'degraded']),
  /**
   * Whether fal can reach the gateway. If off, only fal's request history can find a request whose
   * answer is lost; with a caller's seed such a request fails at once as `submission_unconfirmed`.
   */
  webhooks: z.enum(['on', 'off']),
  /** What is wrong outside the gateway. */
  reasons: z.array(
    z.object({
      /**
       * `provider_unavailable`: fal accepts nothing now, and something waits for it.
       * `fal_account_changed`: fal's answers may be those of another fal account than that of open
       * generations, so a 404 says nothing about them. `history_refused`: the fal key may not read
       * the request history, which is searched for lost answers. `billing_refused`: fal does not let
       * `FAL_BILLING_KEY` read its charges.
       */
      code: z.enum(HEALTH_REASONS),
      /** Since when. */
      since: z.string(),
    }),
  ),
})

export type Health = z.infer<typeof health>

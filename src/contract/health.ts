/** What `/healthz` answers. */
import * as z from 'zod/mini'

export const HEALTH_REASONS = [
  'provider_unavailable',
  'fal_account_changed',
  'history_refused',
  'billing_refused',
] as const
export type HealthReason = (typeof HEALTH_REASONS)[number]

/** That the gateway is up. */
export const health = z.object({
  /**
   * Everything that it needs is configured. `degraded` if something outside the gateway is
   * wrong; `reasons` names it.
   */
  status: z.enum(['ok', 'degraded']),
  /**
   * Whether fal can reach the gateway. While off, only the request history of fal can find a
   * request whose answer is lost; with a seed of the caller it fails at once as
   * `submission_unconfirmed`.
   */
  webhooks: z.enum(['on', 'off']),
  /** What is wrong outside the gateway. */
  reasons: z.array(
    z.object({
      /**
       * `provider_unavailable`: fal takes nothing at present, and something waits for it.
       * `fal_account_changed`: the answers of fal may be those of another fal account than open
       * generations were sent with, so that a 404 says nothing of them. `history_refused`: the key of
       * fal may not read the request history, in which lost answers are looked for. `billing_refused`:
       * fal does not let `FAL_BILLING_KEY` read what it charged.
       */
      code: z.enum(HEALTH_REASONS),
      /** Since when. */
      since: z.string(),
    }),
  ),
})

export type Health = z.infer<typeof health>

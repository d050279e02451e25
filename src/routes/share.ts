/** `/v1/generations/:id/share`: a link to a video that expires. */
import { Hono } from 'hono'
import * as z from 'zod/mini'
import { body } from '../contract/field.ts'
import { toIso } from '../contract/time.ts'
import { videoOf, videoUrl } from '../domain/generation/permit.ts'
import { scope } from './access.ts'
import type { AppEnv } from './gateway.ts'
import { problem } from './problem.ts'
import { findGeneration, missing, originOf } from './reading.ts'
import { jsonBody } from './validate.ts'

const MAX_SECONDS = 30 * 24 * 3600
const DEFAULT_SECONDS = 24 * 3600
const error = `must be a whole number from 60 to ${MAX_SECONDS}`

/** How long the link is valid. */
export const shareRequest = body({
  /** Seconds, from a minute to 30 days. Default: a day. */
  expires_in_seconds: z.optional(
    z.int({ error }).check(z.minimum(60, { error }), z.maximum(MAX_SECONDS, { error })),
  ),
})

export const share = new Hono<AppEnv>().post(
  '/:id/share',
  scope('generations:read'),
  jsonBody(shareRequest),
  async (c) => {
    const id = c.req.param('id')
    const found = await findGeneration(c, id)
    if (found === null) return missing(c, id)
    const { accountId } = found.record
    if (videoOf(found.record) === null) {
      return problem(c, 'no_video', 'there is no video to share', { generationId: id })
    }
    const gateway = c.get('gateway')
    const seconds = c.req.valid('json').expires_in_seconds ?? DEFAULT_SECONDS
    const expiresAtSeconds = Math.ceil(gateway.nowMs() / 1000) + seconds
    const sig = await gateway.signVideo(accountId, id, expiresAtSeconds)
    const address = { accountId, generationId: id, sig, expiresAtSeconds }
    const url = videoUrl(await originOf(c), address)
    return c.json(
      { object: 'share' as const, url, expires_at: toIso(expiresAtSeconds * 1000) },
      200,
    )
  },
)

/** An afternoon's app: Hono, zod and fal's own client, each as its documentation shows. */
import { createFalClient } from '@fal-ai/client'
import { zValidator } from '@hono/zod-validator'
import { Hono } from 'hono'
import * as z from 'zod'

interface Env {
  readonly FAL_QUEUE_URL: string
  readonly FAL_KEY: string
  readonly WEBHOOK_URL: string
  readonly REQUESTS: KVNamespace
}

/** A plain string: the literal would pull fal's whole endpoint map into every check. */
const MODEL: string = 'fal-ai/pika/v2.2/text-to-video'

const input = z.object({
  prompt: z.string().min(1),
  negative_prompt: z.string().optional(),
  aspect_ratio: z.enum(['16:9', '9:16', '1:1', '4:5', '5:4', '3:2', '2:3']).default('16:9'),
  resolution: z.enum(['720p', '1080p']).default('720p'),
  duration: z.union([z.literal(5), z.literal(10)]).default(5),
})

const app = new Hono<{ Bindings: Env }>().post(
  '/v1/generations',
  zValidator('json', input),
  async (c) => {
    const asked = c.req.valid('json')
    const fal = createFalClient({
      credentials: c.env.FAL_KEY,
      // The client has no option for its host.
      fetch: (url, init) =>
        fetch(
          (url instanceof Request ? url.url : String(url)).replace(
            'https://queue.fal.run',
            c.env.FAL_QUEUE_URL,
          ),
          init,
        ),
    })
    const { request_id } = await fal.queue.submit(MODEL, {
      input: asked,
      webhookUrl: c.env.WEBHOOK_URL,
    })
    const kept = { status: 'queued', input: asked }
    await c.env.REQUESTS.put(`request:${request_id}`, JSON.stringify(kept))
    return c.json({ request_id, status: 'queued' }, 202)
  },
)

export default app

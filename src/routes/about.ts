/** What the gateway tells of itself: its page and the 404 page, its health, and its model. */
import { Hono, type Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { Health, HealthReason } from '../contract/health.ts'
import { ASPECT_RATIOS, DEFAULTS, DURATIONS, MODEL, RESOLUTIONS } from '../contract/model.ts'
import { toUsd } from '../contract/price.ts'
import { toIso } from '../contract/time.ts'
import { scope } from './access.ts'
import type { AppEnv } from './gateway.ts'
import { problem } from './problem.ts'

/** A browser asks for HTML when it opens a URL; a program that accepts anything does not. */
const isBrowser = (c: Context): boolean => c.req.header('accept')?.includes('text/html') ?? false

/** The playground, unless it is off. It works even if the gateway is misconfigured, and says so. */
export const playground = createMiddleware<AppEnv>(async (c, next) => {
  const { showPage } = c.get('gateway')
  if (showPage === null || !isBrowser(c)) return next()
  const page = await showPage(c.req.raw)
  return new Response(page.body, page)
})

/** The 404 page may load its stylesheet and its data: icon. */
const POLICY = "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'"

/** Replaces the headers of the API, which allow no stylesheet. */
export const notFoundHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  const isPage = c.res.headers.get('content-type')?.startsWith('text/html') ?? false
  if (c.res.status === 404 && isPage) c.res.headers.set('content-security-policy', POLICY)
})

/** The page contains no part of the request. */
export const notFound = (c: Context<AppEnv>) => {
  if (!isBrowser(c)) return problem(c, 'not_found', `there is nothing at ${c.req.path}`)
  const { showPage } = c.get('gateway')
  const toPage = showPage === null ? '' : '<a class="button primary" href="/">Make a video</a>'
  return c.html(
    `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Nothing here · pika-edge</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
<main class="sign-in">
<h1>There is nothing here</h1>
<p>This is pika-edge, a gateway that makes videos from text.
<p class="actions">${toPage}
<a class="button" href="/docs">API reference</a>
<a class="button" href="/llms.txt">The API in short, as text</a>
</main>
</html>
`,
    404,
  )
}

/** `/healthz`, for anyone. */
export const health = async (c: Context<AppEnv>) => {
  const gateway = c.get('gateway')
  if (gateway.misconfigured !== null) return problem(c, 'not_configured', gateway.misconfigured)
  const webhooks = (await gateway.webhookOrigin()) === null ? 'off' : 'on'
  const troubles = Object.entries(await gateway.troubles()) as [HealthReason, number][]
  const reasons = troubles.map(([code, sinceMs]) => ({ code, since: toIso(sinceMs) }))
  const status = reasons.length === 0 ? 'ok' : 'degraded'
  return c.json({ status, webhooks, reasons } satisfies Health, 200)
}

/** `/v1/models`: the allowed input, and what it costs. */
export const models = new Hono<AppEnv>().get('/', scope(null), (c) => {
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
      DURATIONS.map((duration) => {
        const usd = toUsd(prices[resolution][duration])
        return { resolution, duration, usd }
      }),
    ),
  }
  return c.json({ object: 'list' as const, data: [model] }, 200)
})

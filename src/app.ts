/** The gateway's routes, chained so that their types reach the callers. */
import type { Context } from 'hono'
import type { ApplyGlobalResponse } from 'hono/client'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import { HTTPException } from 'hono/http-exception'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { requestId } from 'hono/request-id'
import { secureHeaders } from 'hono/secure-headers'
import { logError } from './adapters/log.ts'
import type { Problem, ProblemStatus } from './contract/problem.ts'
import { jsonFault } from './contract/json-fault.ts'
import { health, models, notFound, notFoundHeaders, playground } from './routes/about.ts'
import { access } from './routes/access.ts'
import { accounts, usage } from './routes/accounts.ts'
import { events } from './routes/events.ts'
import { fal, proxied } from './routes/fal.ts'
import { AccountUnreachable, type AppEnv, type Gateway, newRoutes } from './routes/gateway.ts'
import { generations, requests } from './routes/generations.ts'
import { keys, me } from './routes/keys.ts'
import { problem, unreachable } from './routes/problem.ts'
import { callbacks } from './routes/outcomes.ts'
import { schedules } from './routes/schedules.ts'
import { webhooks } from './routes/webhooks.ts'
import { videos } from './routes/videos.ts'

const MAX_BODY_BYTES = 64 * 1024

/** The routes of the typed client: only `/v1`. */
const v1 = newRoutes()
  .use(access)
  .route('/generations', generations)
  .route('/events', events)
  .route('/schedules', schedules)
  .route('/webhooks', webhooks)
  .route('/requests', requests)
  .route('/models', models)
  .route('/usage', usage)
  .route('/keys', keys)
  .route('/me', me)
  .route('/accounts', accounts)

const typedRoutes = newRoutes().route('/v1', v1)

/**
 * The type from which `hc` knows every route, its input and its answers. Any route can answer
 * with a problem, since keys and limits are checked first.
 *
 * @example
 * const client = hc<AppType>('https://gateway.example', { headers: { authorization: `Bearer ${key}` } })
 */
export type AppType = ApplyGlobalResponse<
  typeof typedRoutes,
  { [S in ProblemStatus]: { json: Problem } }
>

/** Browsers must not embed, script or frame the API's answers. */
const API_HEADERS = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
})

/** Any page may play a video whose URL it has, and a browser that opens the URL shows it. */
const VIDEO_HEADERS = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], mediaSrc: ["'self'"] },
  crossOriginResourcePolicy: 'cross-origin',
  referrerPolicy: 'no-referrer',
})

/** What a page of another origin may send and see, if that origin is allowed. */
const crossOrigin = cors({
  origin: (origin, c: Context<AppEnv>) => {
    const { corsOrigins } = c.get('gateway')
    return corsOrigins.includes(origin) || corsOrigins.includes('*') ? origin : null
  },
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: [
    'Authorization',
    'Content-Type',
    'Idempotency-Key',
    'Last-Event-ID',
    'Pika-Account',
    'Prefer',
    // Sent by fal's client from a page, through `/fal/proxy`.
    'X-Fal-Object-Lifecycle-Preference',
    'X-Fal-Queue-Priority',
    'X-Fal-Request-Timeout',
    'X-Fal-Runner-Hint',
    'X-Fal-Target-Url',
    'X-Request-Id',
  ],
  exposeHeaders: [
    'ETag',
    'Idempotent-Replayed',
    'Location',
    'Preference-Applied',
    'Retry-After',
    'X-Fal-Request-Id',
    'X-Request-Id',
  ],
  maxAge: 600,
})

const onMethodNotAllowed = (c: Context, methods: string[]) => {
  const allow = methods.join(', ')
  const detail = `${c.req.method} is not among ${allow}`
  return problem(c, 'method_not_allowed', detail, { headers: { allow } })
}

/** @param open returns the gateway that serves a request */
export const createApp = (open: (c: Context<AppEnv>) => Gateway) => {
  const app = newRoutes()
  app.use(requestId())
  app.use(async (c, next) => {
    c.set('gateway', open(c))
    await next()
    // Set again, since an answer that a route built without its context lacks it.
    c.res.headers.set('X-Request-Id', c.get('requestId'))
  })
  // Before the API's headers, since a page has its own.
  app.get('/', playground)
  app.use(notFoundHeaders)
  app.use((c, next) =>
    c.req.path.startsWith('/videos/') ? VIDEO_HEADERS(c, next) : API_HEADERS(c, next),
  )
  app.use((c, next) => (c.get('gateway').corsOrigins.length > 0 ? crossOrigin(c, next) : next()))
  app.use(methodNotAllowed({ app, onMethodNotAllowed }))
  const limited = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (c) => problem(c, 'payload_too_large', 'a body has at most 64 kB'),
  })
  for (const path of ['/v1/*', '/fal-ai/*', '/queue/*', '/fal/*']) app.use(path, limited)
  app.get('/healthz', health)
  app.route('/callbacks/fal', callbacks)
  app.route('/videos', videos)
  app.route('/', fal)
  app.on(['GET', 'POST', 'PUT'], '/fal/proxy', (c) => {
    const request = proxied(c)
    return request instanceof Response ? request : app.fetch(request, c.env, c.executionCtx)
  })
  app.route('/', typedRoutes)
  app.notFound(notFound)
  app.onError(async (error, c) => {
    if (error instanceof HTTPException && error.status === 400) {
      const fault = jsonFault(await c.req.text())
      return problem(c, 'malformed_json', `the body stops being JSON ${fault}`)
    }
    const request = { request_id: c.get('requestId'), path: c.req.path }
    if (error instanceof AccountUnreachable) {
      logError('account_unreachable', error.cause, request)
      return unreachable(c)
    }
    logError('request_failed', error, request)
    return problem(c, 'internal_error', 'something broke; the request id finds it in the logs')
  })
  return app
}

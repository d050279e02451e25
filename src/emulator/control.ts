/** The control endpoint: a test reads the truth, moves the clock and requests failures here. */
import { Hono } from 'hono'
import type { Context } from 'hono'
import type { EmulatorContext } from './context.ts'
import { readFaultKind, readOperation } from './faults.ts'
import { parseObject } from './json.ts'
import { readSettings } from './settings.ts'
import { takeStranger } from './strangers.ts'
import { truthOf } from './truth.ts'
import { USER_ID } from './webhooks.ts'

const ROUTES = {
  'GET /_emulator': 'this list, the clock and the settings',
  'GET /_emulator/jobs': 'the truth about every accepted job',
  'POST /_emulator/strangers':
    '{ input, sent_at_ms?, outcome?, ended_ms? }: a job that somebody else sent with the same account',
  'POST /_emulator/jobs/:id/advance': '{ ms }: moves this job ahead in time, and no other',
  'GET /_emulator/calls': 'every call, and how many ran at once, by operation',
  'GET /_emulator/faults': 'faults that are still active',
  'POST /_emulator/faults': '{ op, fault, times?, for_ms?, prompt_includes?, headers?, body? }',
  'POST /_emulator/clock': '{ advance_ms? , set_ms?, frozen? }; runs what becomes due',
  'POST /_emulator/settings':
    '{ queue_ms?, render_ms?, webhooks?, webhook_retry_ms?, webhook_timeout_ms?, heartbeat_ms?, history_lag_ms?, history_queued?, history_unlisted?, history_page?, history_defaults?, history_shifts?, billing_lag_ms?, markers?, rotate_key?, keep_previous_key? }',
  'GET /_emulator/webhooks': 'every delivery, planned or made; those that are due are signed first',
  'POST /_emulator/webhooks/:id/ack': '{ status }: what the receiver answered to a held delivery',
  'POST /_emulator/sign':
    '{ body, request_id?, user_id?, timestamp? }: headers that make body a webhook',
  'DELETE /_emulator': 'forgets everything; the signing key stays',
}

export function controlRoutes(emulator: EmulatorContext): Hono {
  const { clock } = emulator
  const app = new Hono()

  app.get('/', (c) =>
    c.json({
      routes: ROUTES,
      now_ms: clock.nowMs(),
      frozen: clock.isFrozen(),
      settings: emulator.settings,
    }),
  )
  app.delete('/', (c) => {
    emulator.reset()
    return c.json({ ok: true })
  })
  app.get('/jobs', (c) => c.json({ jobs: truthOf(emulator) }))
  app.post('/strangers', async (c) => {
    const stranger = await takeStranger(emulator, await bodyOf(c), new URL(c.req.url).origin)
    if (stranger === undefined)
      return refuse(c, 'the outcome, or a marker in the prompt, is unknown')
    return c.json({ request_id: stranger.requestId })
  })
  app.post('/jobs/:id/advance', async (c) => {
    const { ms } = await bodyOf(c)
    const job = emulator.jobs.get(c.req.param('id'))
    if (job === undefined || typeof ms !== 'number') return refuse(c, 'no such job, or no ms')
    job.acceptedAtMs -= ms
    await emulator.update(job)
    emulator.changed()
    await emulator.agenda.runDue()
    return c.json({ ok: true })
  })
  app.get('/calls', (c) => c.json(emulator.calls.report()))
  app.get('/faults', (c) => c.json({ faults: emulator.faults.list() }))

  app.post('/faults', async (c) => {
    const asked = await bodyOf(c)
    const op = readOperation(asked['op'])
    const fault = op === undefined ? undefined : readFaultKind(op, asked['fault'])
    if (op === undefined || fault === undefined) return refuse(c, 'op or fault is unknown')
    const { times, for_ms: forMs, prompt_includes: promptIncludes } = asked
    // A fault without a limit strikes once.
    const isLimited = typeof forMs === 'number' && times === undefined
    emulator.faults.add({
      op,
      fault,
      timesLeft: typeof times === 'number' ? times : isLimited ? Infinity : 1,
      untilMs: typeof forMs === 'number' ? clock.nowMs() + forMs : Infinity,
      promptIncludes: typeof promptIncludes === 'string' ? promptIncludes : undefined,
      headers: stringsOf(asked['headers']),
      body: asked['body'],
    })
    return c.json({ ok: true })
  })

  app.post('/clock', async (c) => {
    const { advance_ms: advanceMs, set_ms: setMs, frozen } = await bodyOf(c)
    if (typeof frozen === 'boolean') clock.freeze(frozen)
    if (typeof setMs === 'number') clock.set(setMs)
    if (typeof advanceMs === 'number') clock.advance(advanceMs)
    emulator.changed()
    await emulator.agenda.runDue()
    return c.json({ now_ms: clock.nowMs(), frozen: clock.isFrozen() })
  })

  app.post('/settings', async (c) => {
    const asked = await bodyOf(c)
    const { rotate_key: rotate, keep_previous_key: keep, ...rest } = asked
    const settings = readSettings(rest)
    if (settings === undefined) return refuse(c, 'a setting is unknown or has a bad value')
    Object.assign(emulator.settings, settings)
    if (rotate === true) emulator.rotateKey(keep === true)
    return c.json({ settings: emulator.settings })
  })

  app.get('/webhooks', async (c) => {
    await emulator.webhooks.signed()
    return c.json({ deliveries: emulator.webhooks.list().map(describe) })
  })
  app.post('/webhooks/:id/ack', async (c) => {
    const { status } = await bodyOf(c)
    if (typeof status !== 'number') return refuse(c, 'status is not a number')
    const isHeld = emulator.webhooks.acknowledge(c.req.param('id'), status)
    return isHeld ? c.json({ ok: true }) : refuse(c, 'no such delivery is held')
  })

  app.post('/sign', async (c) => {
    const asked = await bodyOf(c)
    const body = typeof asked['body'] === 'string' ? asked['body'] : JSON.stringify(asked['body'])
    if (body === undefined) return refuse(c, 'body is missing')
    const { request_id: requestId, user_id: userId, timestamp } = asked
    const named = parseObject(body)?.['request_id']
    const headers = await emulator.signer().sign({
      body,
      requestId: typeof requestId === 'string' ? requestId : typeof named === 'string' ? named : '',
      userId: typeof userId === 'string' ? userId : USER_ID,
      timestampSeconds:
        typeof timestamp === 'number' ? timestamp : Math.floor(clock.nowMs() / 1000),
    })
    return c.json({ headers, body })
  })

  return app
}

async function bodyOf(c: Context): Promise<Record<string, unknown>> {
  return parseObject(await c.req.text()) ?? {}
}

function refuse(c: Context, detail: string) {
  return c.json({ detail: `The emulator: ${detail}`, routes: ROUTES }, 400)
}

function stringsOf(value: unknown): Record<string, string> {
  const entries = Object.entries(typeof value === 'object' && value !== null ? value : {})
  return Object.fromEntries(entries.map(([name, text]) => [name, String(text)]))
}

function describe(delivery: ReturnType<EmulatorContext['webhooks']['list']>[number]) {
  const { requestId, namedRequestId, dueAtMs, attempts, ...rest } = delivery
  return {
    ...rest,
    request_id: requestId,
    named_request_id: namedRequestId,
    due_at_ms: dueAtMs,
    attempts: attempts.map(({ atMs, status, error }) => ({ at_ms: atMs, status, error })),
  }
}

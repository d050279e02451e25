/** `/v1/schedules`: generations that a cron expression creates. */
import type { Context } from 'hono'
import * as z from 'zod/mini'
import { body } from '../contract/field.ts'
import { ID_FORM, SCHEDULE_ID } from '../contract/id.ts'
import * as contract from '../contract/schedule.ts'
import { faultsOf, readChanges, readDraft } from '../domain/schedule/schedule.ts'
import { cronFault } from '../domain/schedule/pattern.ts'
import { renderPreview, renderRun, renderSchedule, renderSummary } from '../domain/schedule/view.ts'
import { scope } from './access.ts'
import { type AppEnv, newRoutes } from './gateway.ts'
import { limitReached, notFound } from './problem.ts'
import { named, ownAccount } from './reading.ts'
import {
  admitSafely,
  answerSpending,
  keyReused,
  outOfReach,
  readIdempotency,
  replayHeaders,
  sorted,
  spend,
} from './spending.ts'
import { DEFAULT_LIMIT, invalidInput, jsonBody, page, pageQuery, query } from './validate.ts'
import { refuseUrl } from './webhooks.ts'

/** The slot of a run, and the generation of a manual one. */
const RUN_CURSOR = new RegExp(`^(\\d{1,15})\\.(${ID_FORM.generation})?$`)

const cron = contract.scheduleRequest.shape.cron.check(
  z.refine((text) => cronFault(text) === undefined, {
    error: ({ input }) => cronFault(String(input)),
  }),
)
const scheduleRequest = body({ ...contract.scheduleRequest.shape, cron })
const previewRequest = body({ ...contract.schedulePreviewRequest.shape, cron })
const scheduleUpdate = body({ ...contract.scheduleUpdate.shape, cron: z.optional(cron) })

export const schedulesQuery = pageQuery(SCHEDULE_ID)
export const runsQuery = pageQuery(RUN_CURSOR)

const ofSchedule = named(SCHEDULE_ID, 'schedule')

export const schedules = newRoutes()
  .post('/', scope('schedules:write'), jsonBody(scheduleRequest), async (c) => {
    const body = c.req.valid('json')
    const draft = readDraft(body)
    const gateway = c.get('gateway')
    const faults = faultsOf(draft, Date.now())
    if (faults.length > 0) return invalidInput(c, faults)
    const refusal = await refuseUrl(c, 'webhook_url', body.webhook_url)
    if (refusal !== undefined) return refusal
    const idempotency = await readIdempotency(c, canonicalRequest(body))
    if (idempotency instanceof Response) return idempotency
    const id = gateway.newId('sch')
    const { accountId, keyId } = c.get('principal')
    const webhookOrigin = await gateway.webhookOrigin()
    const result = await admitSafely(c, () =>
      ownAccount(c).schedules.create({ id, accountId, keyId, draft, idempotency, webhookOrigin }),
    )
    if (result === undefined) return outOfReach(c, 'schedule', idempotency !== null)
    if (result.type === 'key_reused') return keyReused(c)
    if (result.type === 'too_many') return limitReached(c, result.max, 'schedules')
    const location = `/v1/schedules/${result.schedule.id}`
    const headers = { location, ...replayHeaders(result.replayed) }
    return c.json(render(c, result.schedule), 201, headers)
  })
  .post('/preview', scope('schedules:read'), jsonBody(previewRequest), (c) => {
    const nowMs = Date.now()
    const { name = '', ...body } = c.req.valid('json')
    const draft = readDraft({ name, ...body })
    const faults = faultsOf(draft, nowMs)
    if (faults.length > 0) return invalidInput(c, faults)
    return c.json(renderPreview(draft, c.get('gateway').prices, nowMs), 200)
  })
  .get('/', scope('schedules:read'), query(schedulesQuery), async (c) => {
    const { limit = DEFAULT_LIMIT, cursor = null } = c.req.valid('query') ?? {}
    const found = await ownAccount(c).schedules.list(limit, cursor)
    const next = found.hasMore ? (found.schedules.at(-1)?.id ?? null) : null
    return c.json(page(found.schedules.map(renderSummary), next), 200)
  })
  .get('/:id', scope('schedules:read'), ofSchedule, async (c) => {
    const found = await ownAccount(c).schedules.get(c.req.param('id'))
    return found === null ? notFound(c, 'schedule') : c.json(render(c, found), 200)
  })
  .patch('/:id', scope('schedules:write'), jsonBody(scheduleUpdate), ofSchedule, async (c) => {
    const id = c.req.param('id')
    const { keyId } = c.get('principal')
    const changes = readChanges(c.req.valid('json'))
    const refusal = await refuseUrl(c, 'webhook_url', changes.webhookUrl)
    if (refusal !== undefined) return refusal
    const webhookOrigin = await c.get('gateway').webhookOrigin()
    const result = await ownAccount(c).schedules.update({ id, keyId, changes, webhookOrigin })
    if (result.type === 'not_found') return notFound(c, 'schedule')
    if (result.type === 'invalid') return invalidInput(c, result.faults)
    return c.json(render(c, result.schedule), 200)
  })
  .post('/:id/run', scope('schedules:write'), ofSchedule, async (c) => {
    const scheduleId = c.req.param('id')
    const result = await spend(c, JSON.stringify(['run', scheduleId]), (spending) =>
      ownAccount(c).schedules.run({ ...spending, scheduleId }),
    )
    if (result instanceof Response) return result
    return result.type === 'not_found' ? notFound(c, 'schedule') : answerSpending(c, result)
  })
  .get('/:id/runs', scope('schedules:read'), query(runsQuery), ofSchedule, async (c) => {
    const { limit = DEFAULT_LIMIT, cursor = '' } = c.req.valid('query') ?? {}
    const [, slotMs, hand = ''] = RUN_CURSOR.exec(cursor) ?? []
    const before = slotMs === undefined ? null : { slotMs: Number(slotMs), hand }
    const found = await ownAccount(c).schedules.runs(c.req.param('id'), limit, before)
    if (found === null) return notFound(c, 'schedule')
    const next = found.next && `${found.next.slotMs}.${found.next.hand}`
    return c.json(page(found.runs.map(renderRun), next), 200)
  })
  .delete('/:id', scope('schedules:write'), ofSchedule, async (c) => {
    const id = c.req.param('id')
    if (!(await ownAccount(c).schedules.remove(id))) return notFound(c, 'schedule')
    return c.json({ id, object: 'schedule' as const, deleted: true as const }, 200)
  })

const canonicalRequest = ({ metadata, ...body }: z.output<typeof scheduleRequest>): string => {
  const pairs = metadata === undefined ? {} : { metadata: Object.fromEntries(sorted(metadata)) }
  return JSON.stringify(['schedule', { ...body, ...pairs }])
}

const render = (c: Context<AppEnv>, found: Parameters<typeof renderSchedule>[0]) =>
  renderSchedule(found, c.get('gateway').prices, Date.now())

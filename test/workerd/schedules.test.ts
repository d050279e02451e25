import { expect, it } from 'vitest'
import type { Schedule, ScheduleRun } from '../../src/contract/schedule-answers.ts'
import { newCaller } from './callers.ts'
import {
  patch,
  readSchedule,
  runByHand,
  runsOf,
  SCHEDULE,
  schedule,
  tick,
} from './schedules-world.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside } from './world.ts'

freshWorld()

/** What a problem says about each field. */
const faults = async (answer: Promise<Response>): Promise<Record<string, string>> => {
  const { code, errors = [] } = await api.readProblem(answer)
  expect(code).toBe('invalid_input')
  return Object.fromEntries(errors.map(({ path, message }) => [path, message]))
}

it('answers with the schedule, its next five runs and its monthly cost', async () => {
  const asked = {
    name: 'Good morning',
    cron: '0 9 * * MON-FRI',
    daily_budget_usd: 2,
    metadata: { show: 'news' },
    user: 'u_4711',
  }
  const input = { prompt: 'Paris on {{ weekday }}', resolution: '1080p' }
  const response = await api.post('/v1/schedules', {
    ...asked,
    input,
    timezone: 'europe/PARIS',
    starts_at: '2026-12-01T00:00:00+01:00',
    ends_at: '2036-12-01T00:00:00Z',
  })
  expect(response.status).toBe(201)
  const made: Schedule = await response.json()
  expect(response.headers.get('location')).toBe(`/v1/schedules/${made.id}`)
  expect(made).toEqual({
    ...asked,
    id: expect.stringMatching(/^sch_/),
    object: 'schedule',
    timezone: 'Europe/Paris',
    input: { ...input, aspect_ratio: '16:9', duration: 5 },
    prompts: null,
    catch_up: 'skip',
    paused: false,
    paused_reason: null,
    starts_at: '2026-11-30T23:00:00.000Z',
    ends_at: '2036-12-01T00:00:00.000Z',
    webhook_url: null,
    run_count: 0,
    failures_in_a_row: 0,
    next_run_at: made.next_runs[0],
    created_at: expect.any(String),
    updated_at: made.created_at,
    next_runs: expect.any(Array),
    projected_monthly_usd: expect.any(Number),
  })
  expect(made.next_runs).toHaveLength(5)
  for (const at of made.next_runs) {
    const clock = { timeZone: 'Europe/Paris', hour: 'numeric', hourCycle: 'h23' } as const
    expect(new Date(at).toLocaleString('en', clock)).toBe('09')
  }
  expect(await readSchedule(made.id)).toEqual(made)
})

it('projects the cost of all runs in the next thirty days', async () => {
  expect(await schedule({ cron: '@daily' })).toMatchObject({ projected_monthly_usd: 6 })
  expect(await schedule({ cron: '*/5 * * * *' })).toMatchObject({ projected_monthly_usd: 1728 })
})

it.each([
  [{ cron: '* * * * * *' }, 'cron', /five fields.*once a minute/],
  [{ cron: '61 * * * *' }, 'cron', /the minute/],
  [{ cron: '0 0 30 2 *' }, 'cron', /never fires/],
  [{ cron: '2026-12-01T00:00:00' }, 'cron', /five fields/],
  [{ timezone: 'Europe/Atlantis' }, 'timezone', /IANA/],
  [{ timezone: '+02:00' }, 'timezone', /IANA/],
  [
    { input: { prompt: 'x {{day}}' } },
    'input.prompt',
    /\{\{day\}\} is not.*\{\{date\}\}.*\{\{run_number\}\}/,
  ],
  [{ input: { prompt: 'x {{date}' } }, 'input.prompt', /does not close/],
  [{ prompts: ['ok', '{{nope}}'] }, 'prompts.1', /\{\{nope\}\}/],
  [{ input: {} }, 'input.prompt', /required/],
  [{ prompts: [] }, 'prompts', /empty/],
  [{ input: { prompt: ' ' } }, 'input.prompt', /empty/],
  [{ input: { prompt: 'x', duration: 7 } }, 'input.duration', /5 or 10/],
  [{ ends_at: '2020-01-01T00:00:00Z' }, 'ends_at', /over already/],
  [
    { starts_at: '2030-01-02T00:00:00Z', ends_at: '2030-01-01T00:00:00Z' },
    'ends_at',
    /later than starts_at/,
  ],
  [
    { cron: '@yearly', starts_at: '2030-02-01T00:00:00Z', ends_at: '2030-03-01T00:00:00Z' },
    'cron',
    /between starts_at and ends_at/,
  ],
  [{ catch_up: 'all' }, 'catch_up', /skip, latest/],
  [{ daily_budget_usd: -1 }, 'daily_budget_usd', /negative/],
  [{ every: 'day' }, 'every', /not a field/],
  [{ metadata: JSON.parse('{ "__proto__": "x" }') }, 'metadata.__proto__', /choose another/],
])('refuses %j, names the field, and changes nothing', async (changes, path, message) => {
  const made = await schedule({ cron: '@yearly' })
  for (const refused of [
    api.post('/v1/schedules', { ...SCHEDULE, ...changes }),
    api.post('/v1/schedules/preview', { ...SCHEDULE, ...changes }),
    patch(made.id, changes),
  ]) {
    expect(await faults(refused)).toEqual({ [path]: expect.stringMatching(message) })
  }
  expect(await readSchedule(made.id)).toEqual(made)
})

it('names every field that is wrong', async () => {
  const wrong = { name: '', cron: 'x', input: { prompt: '{{a}} {{b}}' } }
  const found = Object.keys(await faults(api.post('/v1/schedules', wrong)))
  expect(found.toSorted()).toEqual(['cron', 'input.prompt', 'name'])
})

it('previews a schedule without storing it', async () => {
  const response = await api.post('/v1/schedules/preview', {
    cron: '0 9 1 1 *',
    timezone: 'Asia/Tokyo',
    input: { prompt: '{{date}} {{time}} {{run_number}}' },
  })
  const preview: Record<string, unknown> = await response.json()
  const prompt = `${String(preview['next_runs']).slice(0, 4)}-01-01 09:00 1`
  const said = { object: 'schedule_preview', cost_per_run_usd: 0.2, prompt }
  expect(preview).toMatchObject(said)
  expect(await api.get('/v1/schedules')).toMatchObject({ data: [] })
})

it('lists schedules in pages, newest first', async () => {
  const ids: string[] = []
  await clock.stop()
  for (const name of ['a', 'b', 'c']) {
    ids.unshift((await schedule({ name })).id)
    await clock.travel(1)
  }
  const list = (more = '') => api.get<api.Page<Schedule>>(`/v1/schedules?limit=2${more}`)
  const first = await list()
  const second = await list(`&cursor=${first.next_cursor}`)
  expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids)
  expect(second.next_cursor).toBeNull()
  expect(await api.codeOf(api.call('/v1/schedules?cursor=x'))).toBe('invalid_input')
})

it('changes the given fields and leaves the rest', async () => {
  const kept = { metadata: { a: '1' }, user: 'u_1', name: 'kept' }
  const made = await schedule({ cron: '@daily', ...kept })
  const changes = { cron: '@hourly', prompts: ['one', 'two {{date}}'] }
  const changed: Schedule = await (await patch(made.id, changes)).json()
  expect(changed).toMatchObject({ ...changes, ...kept })
  expect(changed.next_runs[0]).toBe(changed.next_run_at)
  expect(await readSchedule(made.id)).toEqual(changed)
  expect(await (await patch(made.id, { user: null })).json()).toMatchObject({ user: null })
})

it('pauses and resumes a schedule', async () => {
  await clock.stop()
  const made = await schedule({ cron: '@hourly' })
  const requested = { paused: true, paused_reason: 'requested', next_run_at: null }
  const paused = { ...requested, next_runs: made.next_runs }
  expect(await (await patch(made.id, { paused: true })).json()).toMatchObject(paused)
  await clock.travel(3 * HOUR_MS)
  const resumed: Schedule = await (await patch(made.id, { paused: false })).json()
  expect(resumed).toMatchObject({ paused: false, paused_reason: null })
  expect(Date.parse(resumed.next_run_at ?? '')).toBeGreaterThan(Date.now())
  expect(await runsOf(made.id)).toEqual([])
})

it('deletes a schedule together with its history', async () => {
  const made = await schedule({ cron: '@yearly' })
  await runByHand(made.id)
  const deleted = await api.remove(`/v1/schedules/${made.id}`)
  expect(await deleted.json()).toEqual({ id: made.id, object: 'schedule', deleted: true })
  const path = `/v1/schedules/${made.id}`
  const asked = [api.call(path), api.call(`${path}/runs`), api.remove(path)]
  expect(await api.codesOf(asked)).toEqual(['not_found'])
  expect(await fal.jobs()).toHaveLength(1)
})

it('makes one schedule per idempotency key', async () => {
  await clock.stop()
  const once = { 'idempotency-key': 'one-schedule' }
  const first = await schedule({ metadata: { a: '1', b: '2' } }, once)
  const ask = (metadata: object) => api.post('/v1/schedules', { ...SCHEDULE, metadata }, once)
  const again = { status: 201, replayed: true, body: first }
  expect(await api.told(ask({ b: '2', a: '1' }))).toMatchObject(again)
  const others = [ask({ a: '1' }), api.post('/v1/generations', SCHEDULE.input, once)]
  expect(await api.codesOf(others)).toEqual(['idempotency_key_reused'])
})

it('keeps up to ten thousand schedules per account, and names the limit beyond that', async () => {
  const { id } = await schedule({ paused: true })
  await inside.sql(
    `INSERT INTO schedules (id, doc) WITH RECURSIVE counted (n) AS
       (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 9998)
     SELECT printf('sch_%026d', n), doc FROM counted, schedules WHERE schedules.id = ?`,
    id,
  )
  const once = { 'idempotency-key': 'the-last-one' }
  const last = await schedule({ paused: true }, once)
  const refused = await api.readProblem(api.post('/v1/schedules', SCHEDULE))
  expect(refused).toMatchObject({ code: 'limit_reached', detail: expect.stringMatching(/10000/) })
  expect(await schedule({ paused: true }, once)).toEqual(last)
  await api.remove(`/v1/schedules/${id}`)
  expect((await api.post('/v1/schedules', SCHEDULE)).status).toBe(201)
})

it('requires the scopes for schedules', async () => {
  const reader = await newCaller({ scopes: ['schedules:read'] })
  expect((await reader.call('/v1/schedules')).status).toBe(200)
  expect((await reader.post('/v1/schedules/preview', SCHEDULE)).status).toBe(200)
  const creator = await newCaller({ scopes: ['generations:read', 'generations:write'] })
  const refused = [reader.post('/v1/schedules', SCHEDULE), creator.call('/v1/schedules')]
  expect(await api.codesOf(refused)).toEqual(['missing_scope'])
})

it('runs by hand once per idempotency key, even while the schedule is paused', async () => {
  const asked = { metadata: { show: 'news' }, user: 'u_4711' }
  const input = { prompt: 'Take {{run_number}}' }
  const made = await schedule({ ...asked, input, cron: '@yearly', paused: true })
  const once = { 'idempotency-key': 'now', prefer: 'wait=1' }
  const first = await api.post(`/v1/schedules/${made.id}/run`, {}, once)
  expect(first.headers.get('preference-applied')).toBe('wait=1')
  const generation: { id: string } = await first.json()
  const told = { ...asked, schedule_id: made.id, input: { prompt: 'Take 1' } }
  expect(generation).toMatchObject(told)
  const again = api.told(api.post(`/v1/schedules/${made.id}/run`, {}, once))
  expect(await again).toMatchObject({ replayed: true, body: { id: generation.id } })
  expect(await fal.calls('submit')).toHaveLength(1)
  const run = { trigger: 'manual', generation_id: generation.id, slots: 1 }
  expect(await runsOf(made.id)).toMatchObject([run])
  expect(await readSchedule(made.id)).toMatchObject({ run_count: 1, paused: true })
})

it('pages through the history, even if several runs by hand happen at the same moment', async () => {
  await clock.stop()
  const made = await schedule({ paused: true })
  for (let run = 0; run < 3; run++) await runByHand(made.id)
  const seen = new Set<string | null>()
  let next: string | null = ''
  for (let page = 0; page < 3; page++) {
    const path: string = `/v1/schedules/${made.id}/runs?limit=1${next && `&cursor=${next}`}`
    const { data, next_cursor } = await api.get<api.Page<ScheduleRun>>(path)
    for (const { generation_id } of data) seen.add(generation_id)
    next = next_cursor
  }
  expect([seen.size, next]).toEqual([3, null])
})

it('tells the Directory about an account whose only work is a schedule', async () => {
  await clock.stop()
  const directory = inside.directory()
  const made = await schedule({ cron: '@yearly' })
  await expect.poll(() => directory.takeBusy(1, 40)).toEqual(['default'])
  await patch(made.id, { paused: true })
  await eventually(async () => {
    await clock.travel(HOUR_MS)
    await tick()
    return (await directory.takeBusy(2, 40)).length === 0
  })
})

it('fires by its own alarm, without help from the test', async () => {
  const { id } = await schedule({ cron: '@yearly' })
  const soon = Date.now() + 200
  // Moves the next slot to a time that a test can wait for.
  await inside.storage(async (storage) => {
    const move = `UPDATE schedules SET doc = json_set(doc, '$.nextSlotMs', ?) WHERE id = ?`
    storage.sql.exec(move, soon, id)
    await storage.setAlarm(soon)
  })
  await eventually(async () => (await fal.jobs()).length === 1)
  const [run] = await runsOf(id)
  expect(Date.parse(run?.started_at ?? '')).toBeGreaterThanOrEqual(soon)
  expect(await fal.calls('submit')).toHaveLength(1)
})

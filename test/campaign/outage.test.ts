import { expect, it } from 'vitest'
import { createCaller } from './caller.ts'
import { startBoth } from './gateway.ts'
import { createTruth } from './truth.ts'

const ASKED = 40
const OUTAGE_MS = 10_000
/** The gateway tests fal again six seconds after the outage; a slow machine needs longer. */
const BACK_WITHIN_MS = 60_000

it('loses few answers in a ten-second outage, and sends the rest soon after it', async () => {
  await using cleanUp = new AsyncDisposableStack()
  const { emulator, gateway } = await startBoth(cleanUp, { queueMs: 100, renderMs: 500 })
  const caller = createCaller(gateway.url)
  const truth = createTruth(emulator)

  await truth.control('/faults', { op: 'submit', fault: 'reset', for_ms: OUTAGE_MS })
  await truth.control('/settings', { history_unlisted: 1 })
  const endMs = Date.now() + OUTAGE_MS
  const tags = Array.from({ length: ASKED }, (_, index) => `tag-${index}-`)
  await Promise.all(tags.map((tag) => caller.create(tag, tag)))
  await expect
    .poll(async () =>
      (await caller.list()).filter((one) => one.finished_at === null && !one.unconfirmed),
    )
    .toEqual([])

  const submits = [...(await truth.submits()).values()]
  expect(submits.map((posts) => posts.length)).toEqual(tags.map(() => 1))
  const lost = submits.flat().filter(({ answer }) => answer === 'reset')
  expect(lost.length).toBeLessThanOrEqual(8)
  const statuses = (await caller.list()).map(({ status }) => status).toSorted()
  expect(statuses).toEqual([
    ...tags.slice(lost.length).map(() => 'completed'),
    ...lost.map(() => 'submitting'),
  ])
  const lastSentMs = Math.max(...submits.flat().map(({ atMs }) => atMs))
  expect(lastSentMs - endMs).toBeLessThan(BACK_WITHIN_MS)
})

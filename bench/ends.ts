/** How soon the caller learns that fal is done, and how many calls to fal that took. */
import { createPikaClient } from '../src/client/index.ts'
import type { BenchAccount } from './account.ts'
import type { Bench } from './bench.ts'
import { falSubscribe } from './peers/fal-subscribe.ts'
import { median, type Result, summarise } from './results.ts'

/** As many as one emulator and one gateway serve on a small machine without queueing. */
const AT_A_TIME = 4
const SHORTEST_MS = 1200
const SPREAD_MS = 1000

/** Requests a video, waits for it, and returns fal's id of the job. */
type Way = (prompt: string) => Promise<string>

export const ends = async ({ gateway, emulator, rounds, signal }: Bench): Promise<Result[]> => {
  await using account = await gateway.newAccount({ settled: 10 })
  const { url, falKey } = emulator
  const ways: Readonly<Record<string, Way>> = {
    'gateway, event stream': watchEvents(gateway.worker.url, account),
    'gateway, Prefer: wait': waitForAnswer(gateway.worker.url, account),
    'fal.subscribe, polling': falSubscribe(url, falKey, 'polling'),
    'fal.subscribe, streaming': falSubscribe(url, falKey, 'streaming'),
  }
  const rows = Object.keys(ways).map((who) => ({
    who,
    ms: [] as number[],
    calls: [] as number[],
    after: [] as number[],
  }))
  for (let round = 0; round < rounds(8); round++) {
    for (const { who, ms, calls, after } of rows) {
      signal.throwIfAborted()
      const each = await Promise.all(
        Array.from({ length: AT_A_TIME }, async (_, index) => {
          // Ends fall anywhere between two polls, not always at the same point.
          const renderMs = SHORTEST_MS + (((round * AT_A_TIME + index) * 617) % SPREAD_MS)
          const requestId = await ways[who]?.(`A slow river [emulator: render_ms=${renderMs}]`)
          return { requestId, toldAtMs: Date.now() }
        }),
      )
      const [jobs, asked] = [await emulator.jobs(), await emulator.calls()]
      const seen = each.map(({ requestId, toldAtMs }) => {
        const endedAtMs = jobs.find((job) => job.request_id === requestId)?.ends_at_ms ?? Number.NaN
        const ofJob = asked.filter((call) => call.request_id === requestId)
        return {
          ms: toldAtMs - endedAtMs,
          calls: ofJob.length,
          after: ofJob.filter((call) => call.at_ms >= endedAtMs).length,
        }
      })
      ms.push(median(seen.map((one) => one.ms)))
      calls.push(mean(seen.map((one) => one.calls)))
      after.push(mean(seen.map((one) => one.after)))
    }
  }
  return rows.flatMap(({ who, ms, calls, after }) => {
    const isOurs = who === 'gateway, event stream'
    const soon = isOurs && { target: { was: '37 ms', atMost: 12 } }
    const once = isOurs && { target: { atMost: 1 } }
    return [
      summarise({ figure: 'fal is done → the caller knows', who, unit: 'ms', ...soon }, ms),
      summarise({ figure: 'Calls to fal for a job', who, unit: 'calls' }, calls),
      summarise({ figure: 'Calls to fal after its end', who, unit: 'calls', ...once }, after),
    ]
  })
}

const watchEvents = (url: URL, account: BenchAccount): Way => {
  const pika = clientOf(url, account)
  return async (prompt) => {
    const created = await pika.api.v1.generations.$post({ json: { prompt } })
    if (!created.ok) throw new Error(`not admitted: ${created.status}`)
    const { id } = await created.json()
    for await (const event of pika.events(id)) {
      if (event.type === 'generation.completed') return event.generation.fal_request_id ?? ''
    }
    throw new Error(`${id} was not completed`)
  }
}

const waitForAnswer = (url: URL, account: BenchAccount): Way => {
  const pika = clientOf(url, account)
  return async (prompt) => {
    const patient = { headers: { prefer: 'wait=60' } }
    const created = await pika.api.v1.generations.$post({ json: { prompt } }, patient)
    if (created.status !== 200) throw new Error(`not completed: ${created.status}`)
    return (await created.json()).fal_request_id ?? ''
  }
}

const clientOf = (url: URL, { headers }: BenchAccount) =>
  createPikaClient({
    baseUrl: url.origin,
    apiKey: headers['authorization']?.replace('Bearer ', '') ?? '',
  })

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

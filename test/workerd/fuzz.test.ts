import { env, exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { judge } from '../fuzz/judge.ts'
import { createFuzz, type FuzzRequest } from '../fuzz/requests.ts'
import { newCaller, ROUTES } from './callers.ts'
import { described } from './described.ts'
import { ledgerOf, readLedger, readSpent } from './ledger.ts'
import { api, fal, freshWorld, inside } from './world.ts'

freshWorld()

/** The long run is `npm run fuzz`. */
const REQUESTS = 600
const SEED = 20_261_123

/** Sends it; returns undefined if HTTP cannot carry such a request. */
const send = async ({ target, method, headers, body }: FuzzRequest) => {
  let request: Request
  try {
    request = new Request(api.ORIGIN + target, { method, headers, body })
  } catch {
    return undefined
  }
  const response = await exports.default.fetch(request)
  // Some operations have no body in the description, and so no answer to one that is too large.
  if (response.status !== 413) await described(request, response)
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
  if (isStream) await response.body?.cancel()
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text: isStream ? '' : await response.text(),
  }
}

it('answers every request, and leaks nothing internal', async () => {
  const settled: Generation & { client_secret?: string } = await api.create()
  await fal.deliverAll()
  const open = await api.create({ prompt: fal.marked('render_ms=600000') })
  const owner = await newCaller({ account_id: 'owner' })
  const foreign = await owner.create()
  const reader = await newCaller({ account_id: 'default', scopes: ['generations:read'] })
  const next = createFuzz(SEED, {
    routes: ROUTES,
    adminKey: env.ADMIN_KEY,
    tokens: [owner.made.key, reader.made.key, settled.client_secret ?? ''],
    ids: [settled, open, foreign].flatMap(({ id, fal_request_id }) => [id, fal_request_id ?? id]),
    mayWait: false,
  })
  const secrets = [env.ADMIN_KEY, env.FAL_KEY, env.SIGNING_KEY, owner.made.key, reader.made.key]
  const complaints: { wrong: string[]; request: FuzzRequest; status: number }[] = []
  let sent = 0
  while (sent < REQUESTS) {
    const batch = Array.from({ length: 20 }, next)
    await Promise.all(
      batch.map(async (request) => {
        const answer = await send(request)
        if (answer === undefined) return
        sent++
        const wrong = judge(request, answer, secrets)
        if (wrong.length > 0) complaints.push({ wrong, request, status: answer.status })
      }),
    )
  }
  expect(complaints.slice(0, 5)).toEqual([])
  const [kept, spent] = await inside.storage((own) => [readLedger(own), readSpent(own)] as const)
  expect(kept).toEqual(ledgerOf(spent))
})

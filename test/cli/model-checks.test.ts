import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { checkModel } from '../../src/cli/model-checks.ts'
import type { Shell } from '../../src/cli/shell.ts'
import { startEmulator } from '../../src/emulator/index.ts'

const FAL_KEY = 'key:secret'

const check = (env: Shell['env']) => {
  const { signal } = new AbortController()
  return checkModel({ env, signal })
}

/** A fal that answers as it is told. */
const falThat = async (answers: Readonly<Record<string, unknown>>) => {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost')
    response.writeHead(pathname in answers ? 200 : 500).end(JSON.stringify(answers[pathname]))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return { url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => server.close() }
}

const schema = (properties: Readonly<Record<string, unknown>>) => ({
  models: [{ openapi: { components: { schemas: { AnyInput: { properties } } } } }],
})
const SAME = {
  prompt: {},
  negative_prompt: {},
  seed: {},
  aspect_ratio: { enum: ['2:3', '16:9', '9:16', '1:1', '4:5', '5:4', '3:2'] },
  resolution: { enum: ['720p', '1080p'] },
  duration: { enum: ['5', '10'] },
}

it('agrees with fal where nothing has changed', async () => {
  await using cleanUp = new AsyncDisposableStack()
  const fal = cleanUp.use(await startEmulator({ falKey: FAL_KEY }))
  const findings = await check({ FAL_KEY, FAL_API_URL: `${fal.url}/v1` })
  expect(findings.map(({ check: what, state }) => [what, state])).toEqual([
    ['price', 'ok'],
    ['input', 'ok'],
  ])
})

it('names what has changed: the price, a field and a value', async () => {
  const { seed: _seed, ...others } = SAME
  using fal = await falThat({
    '/models/pricing': { prices: [{ unit_price: 0.05, unit: 'second' }] },
    '/models': schema({ ...others, style: {}, resolution: { enum: ['720p', '4k'] } }),
  })
  expect(await check({ FAL_KEY, FAL_API_URL: fal.url })).toMatchObject([
    { state: 'warning', detail: 'fal says $0.05 per second, but here 5 s at 720p cost $0.20' },
    {
      state: 'warning',
      detail: 'at fal style is new; seed is gone; resolution may be 720p, 4k',
    },
  ])
})

it.each([
  ['no price and no schema', { '/models/pricing': {}, '/models': {} }, ['price', 'input']],
  [
    'a unit that is not known',
    { '/models/pricing': { prices: [{ unit_price: 0.2, unit: 'video' }] }, '/models': {} },
    ['price', 'input'],
  ],
  ['nothing at all', {}, ['model']],
])('does not guess where fal tells %s', async (_, answers, checks) => {
  using fal = await falThat(answers)
  const findings = await check({ FAL_KEY, FAL_API_URL: fal.url })
  expect(findings.map(({ check: what, state }) => [what, state])).toEqual(
    checks.map((what) => [what, 'skipped']),
  )
})

it('asks nobody without a key of fal', async () => {
  expect(await check({})).toMatchObject([{ check: 'model', state: 'skipped' }])
})

import { createServer } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { checkModel } from '../../src/cli/model-checks.ts'
import type { Shell } from '../../src/cli/shell.ts'
import { startEmulator } from '../../src/emulator/index.ts'
import { listen } from '../shared/listen.ts'

const FAL_KEY = 'key:secret'
const PER_VIDEO = { prices: [{ unit_price: 0.2, unit: 'video' }] }

const check = (env: Shell['env']) => checkModel({ env, signal: new AbortController().signal })

/** A fake fal that gives these answers. */
const falThat = async (answers: Readonly<Record<string, unknown>>) => {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost')
    response.writeHead(pathname in answers ? 200 : 500).end(JSON.stringify(answers[pathname]))
  })
  return { url: await listen(server), [Symbol.dispose]: () => server.close() }
}

it('agrees with fal if nothing has changed', async () => {
  const fal = await startEmulator({ falKey: FAL_KEY })
  onTestFinished(() => fal.close())
  expect(await check({ FAL_KEY, FAL_API_URL: `${fal.url}/v1` })).toMatchObject([
    { check: 'price', state: 'ok' },
    { check: 'input', state: 'ok' },
  ])
})

it('names each change: the price, a field and a value', async () => {
  const properties = {
    prompt: {},
    negative_prompt: {},
    style: {},
    aspect_ratio: { enum: ['2:3', '16:9', '9:16', '1:1', '4:5', '5:4', '3:2'] },
    resolution: { enum: ['720p', '4k'] },
    duration: { enum: ['5', '10'] },
  }
  using fal = await falThat({
    '/models/pricing': { prices: [{ unit_price: 0.05, unit: 'second' }] },
    '/models': { models: [{ openapi: { components: { schemas: { AnyInput: { properties } } } } }] },
  })
  const price = 'fal says $0.05 per second, but here 5 s at 720p cost $0.20'
  const input = 'at fal style is new; seed is gone; resolution may be 720p, 4k'
  expect(await check({ FAL_KEY, FAL_API_URL: fal.url })).toMatchObject(
    [price, input].map((detail) => ({ state: 'warning', detail })),
  )
})

it.each([
  ['no price and no schema', { '/models/pricing': {}, '/models': {} }, ['price', 'input']],
  ['an unknown unit', { '/models/pricing': PER_VIDEO, '/models': {} }, ['price', 'input']],
  ['nothing at all', {}, ['model']],
])('does not guess if fal returns %s', async (_, answers, checks) => {
  using fal = await falThat(answers)
  const skipped = checks.map((what) => ({ check: what, state: 'skipped' }))
  expect(await check({ FAL_KEY, FAL_API_URL: fal.url })).toMatchObject(skipped)
})

it('asks nobody without a fal key', async () => {
  expect(await check({})).toMatchObject([{ check: 'model', state: 'skipped' }])
})

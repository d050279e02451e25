import { expect, test } from 'vitest'
import { freePort } from '../../scripts/ports.ts'
import { DEFAULT_BILLING_KEY, startEmulator } from '../../src/emulator/index.ts'
import { runScript } from './child.ts'

test('verifies fal at the price of one video, and prints no key and no prompt', async () => {
  const falKey = 'a-key-id:a-key-secret'
  await using cleanUp = new AsyncDisposableStack()
  const fal = cleanUp.use(await startEmulator({ falKey, queueMs: 1000, renderMs: 10_000 }))
  const settings = { history_lag_ms: 500, webhook_retry_ms: 200 }
  await fetch(`${fal.url}/_emulator/settings`, { method: 'POST', body: JSON.stringify(settings) })
  const port = await freePort()
  const args = ['--yes', '--json', `--public-url=http://127.0.0.1:${port}/hook`, `--port=${port}`]
  using run = runScript('verify-live.ts', args, {
    FAL_KEY: falKey,
    FAL_BILLING_KEY: DEFAULT_BILLING_KEY,
    FAL_QUEUE_URL: fal.url,
    FAL_API_URL: `${fal.url}/v1`,
    FAL_JWKS_URL: fal.jwksUrl,
  })
  expect(await run.exited).toBe(0)
  const output = run.output()
  expect(output).toContain('This pays for one 5 s video in 720p at fal, about $0.20')
  const facts: { fact: string; found: string | null }[] = JSON.parse(
    output.slice(output.indexOf('[\n')),
  )
  const found = Object.fromEntries(facts.map((each) => [each.fact, each.found]))
  expect(found).toMatchObject({
    submit: expect.stringContaining('200, status, request_id'),
    'result before the end': '400, Request is still in progress',
    result: '200, video',
    'cancel after the end': '400, ALREADY_COMPLETED',
    'first listed': expect.stringMatching(/^after \d+ ms, IN_/),
    'listed after its end': expect.stringContaining('within '),
    'input in the history': expect.stringContaining('5 of 5 fields equal, added: '),
    'seed in the history': 'equal',
    'history by request id': 'found',
    charge: expect.stringContaining('"cost_total":0.2'),
    webhook: expect.stringContaining('signature verified, the first'),
    'webhook sent again': expect.stringContaining('signature verified'),
  })
  expect(fal.emulator.jobs()).toHaveLength(1)
  for (const secret of [falKey, DEFAULT_BILLING_KEY, 'paper boat']) {
    expect(output).not.toContain(secret)
  }
})

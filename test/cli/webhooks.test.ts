import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook as Verifier } from 'standardwebhooks'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { CreatedWebhook, WebhookDelivery } from '../../src/client/index.ts'
import { sharedGateway } from '../shared/gateway.ts'
import { runCli, type RunOptions, spawnCli, temporaryFolder } from './harness.ts'

const SCOPES = ['generations:read', 'generations:write', 'webhooks:read', 'webhooks:write']

const gateway = await sharedGateway()
let folder: ReturnType<typeof temporaryFolder>
let env: Record<string, string>
let accounts = 0

/** A receiver on this machine, and what it was sent. */
const received: { headers: Record<string, string>; body: string }[] = []
const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8').on('data', (text: string) => (body += text))
  request.on('end', () => {
    received.push({ headers: request.headers as Record<string, string>, body })
    response.end('ok')
  })
})
let hook: string

beforeEach(async () => {
  folder = temporaryFolder()
  const key = await gateway.newKey(`hooks-${++accounts}`, SCOPES)
  env = { HOME: folder.path, PIKA_EDGE_URL: gateway.url, PIKA_EDGE_KEY: key, TZ: 'UTC' }
  received.length = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  hook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
})
afterEach(async () => {
  folder[Symbol.dispose]()
  await new Promise((resolve) => server.close(resolve))
})

const pika = (args: readonly string[], options: RunOptions = {}) =>
  runCli(args, { ...options, env })

const json = async <T>(args: readonly string[]): Promise<T> => {
  const { exitCode, stdout, stderr } = await pika([...args, '--json'])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return JSON.parse(stdout) as T
}

it('makes a webhook, tries it, tells it of an end and shows what it was told', async () => {
  const shown = await pika(['webhooks', 'create', hook, '--event', 'generation.completed'])
  expect(shown).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^whsec_\S+\n$/) })
  const [{ id = '' } = {}] = (await json<{ data: CreatedWebhook[] }>(['webhooks', 'list'])).data
  expect(await json(['webhooks', 'test', id])).toMatchObject({ state: 'delivered' })
  await pika(['generate', 'A boat'])
  await vi.waitUntil(() => received.length === 2, { timeout: 60_000 })
  for (const { headers, body } of received) new Verifier(shown.stdout.trim()).verify(body, headers)
  const log = await vi.waitUntil(
    async () => {
      const { data } = await json<{ data: WebhookDelivery[] }>(['webhooks', 'deliveries', id])
      return data.every(({ state }) => state === 'delivered') && data
    },
    { timeout: 60_000 },
  )
  expect(log.map(({ type }) => type)).toEqual(['generation.completed', 'webhook.test'])
  expect(await json(['webhooks', 'resend', id, log[0]?.id ?? ''])).toMatchObject({
    id: log[0]?.id,
    state: 'delivered',
  })
  expect((await pika(['webhooks', 'disable', id])).stdout).toContain('disabled (requested)')
  expect((await pika(['webhooks', 'test', id])).exitCode).toBe(1)
  expect((await pika(['webhooks', 'delete', id, '--yes'])).stdout).toContain('deleted')
})

it('forwards what happens to this machine, signed as a webhook signs it', async () => {
  const listening = spawnCli(['webhooks', 'listen', '--forward-to', hook], env)
  await listening.sees(/Ctrl-C ends it/)
  const secret = /whsec_\S+/.exec(listening.output())?.[0] ?? ''
  // It follows from the moment in which it has asked where the log ends.
  let message: (typeof received)[number] | undefined
  while (message === undefined) {
    await pika(['generate', 'A boat'])
    message = received[0]
  }
  await listening.sees(/generation\.completed {2}gen_\S+ {2}200/)
  const told = new Verifier(secret).verify(message.body, message.headers)
  expect(told).toMatchObject({
    type: 'generation.completed',
    data: { object: 'generation', status: 'completed' },
  })
  listening.kill('SIGINT')
  expect((await listening.ended).exitCode).toBe(130)
})

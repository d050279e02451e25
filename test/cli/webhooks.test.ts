import { createServer } from 'node:http'
import { Webhook as Verifier } from 'standardwebhooks'
import { afterAll, beforeEach, expect, it, vi } from 'vitest'
import type { Webhook, WebhookDelivery } from '../../src/client/index.ts'
import { sharedGateway } from '../shared/gateway.ts'
import { listen } from '../shared/listen.ts'
import { callerOfEachTest, spawnCli } from './harness.ts'

const gateway = await sharedGateway()
const scopes = ['generations:read', 'generations:write', 'webhooks:read', 'webhooks:write']
const { caller, pika, json } = callerOfEachTest(gateway, 'hooks', scopes)

/** A receiver on this machine, and what it has received. */
const received: { headers: Record<string, string>; body: string }[] = []
const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8').on('data', (text: string) => (body += text))
  request.on('end', () => {
    received.push({ headers: request.headers as Record<string, string>, body })
    response.end('ok')
  })
})
const hook = `${await listen(server)}/hook`
beforeEach(() => void received.splice(0))
afterAll(() => void server.close())

it('creates a webhook, tests it, notifies it when a video ends, and lists its deliveries', async () => {
  const shown = await pika(['webhooks', 'create', hook, '--event', 'generation.completed'])
  expect(shown).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^whsec_\S+\n$/) })
  const list = await json<{ data: Webhook[] }>(['webhooks', 'list'])
  const id = list.data[0]?.id ?? ''
  expect(await json(['webhooks', 'test', id])).toMatchObject({ state: 'delivered' })
  await pika(['generate', 'A boat'])
  await vi.waitUntil(() => received.length === 2, { timeout: 60_000 })
  for (const { headers, body } of received) new Verifier(shown.stdout.trim()).verify(body, headers)
  const log = async () => {
    const { data } = await json<{ data: WebhookDelivery[] }>(['webhooks', 'deliveries', id])
    return data
  }
  const state = 'delivered'
  await expect
    .poll(log)
    .toMatchObject(['generation.completed', 'webhook.test'].map((type) => ({ type, state })))
  const [newest = { id: '' }] = await log()
  const again = await json(['webhooks', 'resend', id, newest.id])
  expect(again).toMatchObject({ id: newest.id, state })
  expect((await pika(['webhooks', 'disable', id])).stdout).toContain('disabled (requested)')
  expect((await pika(['webhooks', 'test', id])).exitCode).toBe(1)
  expect((await pika(['webhooks', 'delete', id, '--yes'])).stdout).toContain('deleted')
})

it('forwards events to this machine, signed as a webhook is', async () => {
  const listening = spawnCli(['webhooks', 'listen', '--forward-to', hook], caller.env)
  await listening.sees(/Ctrl-C ends it/)
  const secret = /whsec_\S+/.exec(listening.output())?.[0] ?? ''
  // It follows the log only once it has asked where the log ends.
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

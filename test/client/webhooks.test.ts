import { expect, test } from 'vitest'
import { createPikaClient, type PikaClient } from '../../src/client/index.ts'
import { json, scriptedGateway } from './scripted-gateway.ts'

const ID = 'wh_01m836txt7gb5hjrvqqthaem5x'
const MESSAGE = 'msg_01m836txt7gb5hjrvqqthaem5x'
const URL = 'https://example.com/hook'
const made = { id: ID, object: 'webhook' }

type Work = (webhooks: PikaClient['webhooks']) => Promise<unknown>

test.each<[string, string, object | undefined, Work]>([
  ['POST', '', { url: URL }, (webhooks) => webhooks.create({ url: URL })],
  ['GET', '', undefined, (webhooks) => webhooks.list()],
  ['GET', `/${ID}`, undefined, (webhooks) => webhooks.get(ID)],
  ['GET', '/a%2Fb', undefined, (webhooks) => webhooks.get('a/b')],
  ['PATCH', `/${ID}`, { enabled: true }, (webhooks) => webhooks.update(ID, { enabled: true })],
  ['POST', `/${ID}/rotate-secret`, {}, (webhooks) => webhooks.rotateSecret(ID)],
  ['POST', `/${ID}/test`, {}, (webhooks) => webhooks.test(ID)],
  [
    'GET',
    `/${ID}/deliveries?limit=5`,
    undefined,
    (webhooks) => webhooks.deliveries(ID, { limit: 5 }),
  ],
  ['POST', `/${ID}/deliveries/${MESSAGE}/resend`, {}, (webhooks) => webhooks.resend(ID, MESSAGE)],
])('%s /v1/webhooks%s', async (method, path, body, work) => {
  const gateway = scriptedGateway(json(made))
  const { fetch } = gateway
  const pika = createPikaClient({ baseUrl: 'https://gateway.example/', apiKey: 'k', fetch })
  expect(await work(pika.webhooks)).toEqual(made)
  const [asked] = gateway.asked
  expect([asked?.method, asked?.url]).toEqual([
    method,
    `https://gateway.example/v1/webhooks${path}`,
  ])
  expect(asked?.body === null ? undefined : JSON.parse(asked?.body ?? '')).toEqual(body)
})

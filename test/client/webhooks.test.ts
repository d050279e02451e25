import { expect, test } from 'vitest'
import type { PikaClient } from '../../src/client/index.ts'
import { clientOf, json } from './scripted-gateway.ts'

const ID = 'wh_01m836txt7gb5hjrvqqthaem5x'
const MESSAGE = 'msg_01m836txt7gb5hjrvqqthaem5x'
const URL = 'https://example.com/hook'
const made = { id: ID, object: 'webhook' }

const FIVE = { limit: 5 }

type Work = (webhooks: PikaClient['webhooks']) => Promise<unknown>

test.each<[string, string, object | undefined, Work]>([
  ['POST', '', { url: URL }, (webhooks) => webhooks.create({ url: URL })],
  ['GET', '', undefined, (webhooks) => webhooks.list()],
  ['GET', `/${ID}`, undefined, (webhooks) => webhooks.get(ID)],
  ['GET', '/a%2Fb', undefined, (webhooks) => webhooks.get('a/b')],
  ['PATCH', `/${ID}`, { enabled: true }, (webhooks) => webhooks.update(ID, { enabled: true })],
  ['POST', `/${ID}/rotate-secret`, {}, (webhooks) => webhooks.rotateSecret(ID)],
  ['POST', `/${ID}/test`, {}, (webhooks) => webhooks.test(ID)],
  ['GET', '/wh_1/deliveries?limit=5', undefined, (webhooks) => webhooks.deliveries('wh_1', FIVE)],
  ['POST', `/${ID}/deliveries/${MESSAGE}/resend`, {}, (webhooks) => webhooks.resend(ID, MESSAGE)],
])('%s /v1/webhooks%s', async (method, path, body, work) => {
  const { pika, asked: calls } = clientOf(json(made))
  expect(await work(pika.webhooks)).toEqual(made)
  const [asked] = calls
  const call = [method, `https://gateway.example/v1/webhooks${path}`]
  expect([asked?.method, asked?.url]).toEqual(call)
  expect(asked?.body === null ? undefined : JSON.parse(asked?.body ?? '')).toEqual(body)
})

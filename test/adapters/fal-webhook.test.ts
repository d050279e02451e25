import { expect, test } from 'vitest'
import { createWebhookVerifier } from '../../src/adapters/fal-webhook.ts'
import { createEmulator, DEFAULT_FAL_KEY, readVideo } from '../../src/emulator/index.ts'
import { err, ok } from '../../src/domain/result.ts'
import { createSigner, type Signer } from '../../src/emulator/signatures.ts'

const JWKS_URL = 'https://rest.fal.ai/.well-known/jwks.json'
const NOW_MS = Date.UTC(2026, 9, 23, 12)
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const BODY = '{"request_id":"req-1","status":"OK","payload":{"video":{"url":"https://a.b/c.mp4"}}}'

const signer = createSigner()
const stranger = createSigner()
const VALID = await signer.sign({
  requestId: 'req-1',
  userId: 'user-1',
  timestampSeconds: NOW_MS / 1000,
  body: BODY,
})
const OK = ok({ userId: 'user-1', requestId: 'req-1' })

const bytes = (text: string): ArrayBuffer => new TextEncoder().encode(text).slice().buffer

/** A set of keys, as fal publishes it. */
const keySet = async (...signers: readonly Signer[]) =>
  Response.json({ keys: await Promise.all(signers.map((one) => one.publicKey())) })

/** fal's own coordinate, labelled as another kind of key: the label counts. */
const elliptic = async () => ({ ...(await signer.publicKey()), kty: 'EC', crv: 'P-256' })

/** A verifier, and its fetches of the keys. */
const createBench = (publish: () => Promise<Response> = () => keySet(signer)) => {
  const fetches: Request[] = []
  const verifier = createWebhookVerifier(JWKS_URL, async (input, init) => {
    fetches.push(new Request(input, init))
    return publish()
  })
  const verify = (headers: Record<string, string> = VALID, nowMs = NOW_MS, body = BODY) =>
    verifier.verify(new Headers(headers), bytes(body), nowMs)
  /** A webhook signed now, so that only the key decides. */
  const hookBy = async (by: Signer, nowMs: number) => {
    const timestampSeconds = Math.floor(nowMs / 1000)
    const fields = { requestId: 'req-1', userId: 'user-1', timestampSeconds, body: BODY }
    return verify(await by.sign(fields), nowMs)
  }
  return { fetches, verify, hookBy }
}

test("accepts fal's webhook signed by any key, in lower or upper case, with one fetch", async () => {
  const { fetches, verify } = createBench(() => keySet(stranger, signer))
  expect(await verify()).toEqual(OK)
  const signature = VALID['x-fal-webhook-signature']?.toUpperCase() ?? ''
  expect(await verify({ ...VALID, 'x-fal-webhook-signature': signature })).toEqual(OK)
  expect(fetches.map(({ url, redirect }) => [url, redirect])).toEqual([[JWKS_URL, 'manual']])
})

test("accepts fal's webhook as fal sends it, with its own keys and body", async () => {
  const delivered = Promise.withResolvers<Request>()
  const emulator = createEmulator({
    loadVideo: readVideo,
    queueMs: 0,
    renderMs: 0,
    nowMs: () => NOW_MS,
    deliver: async (request) => {
      delivered.resolve(request)
      return new Response()
    },
  })
  const url = 'https://queue.fal.run/fal-ai/pika/v2.2/text-to-video?fal_webhook=https://a.test'
  const headers = { authorization: `Key ${DEFAULT_FAL_KEY}` }
  const body = JSON.stringify({ prompt: 'Ein Boot 🚤' })
  await emulator.fetch(new Request(url, { method: 'POST', headers, body }))
  const hook = await delivered.promise
  const verifier = createWebhookVerifier(JWKS_URL, (input, init) =>
    emulator.fetch(new Request(input, init)),
  )
  const verified = await verifier.verify(hook.headers, await hook.arrayBuffer(), NOW_MS)
  const requestId = emulator.jobs()[0]?.request_id
  emulator.close()
  expect(verified).toEqual(ok({ userId: 'emulator-user', requestId }))
})

test.each(Object.keys(VALID).filter((name) => name !== 'content-type'))(
  'refuses a webhook without %s before it fetches any key',
  async (name) => {
    const { fetches, verify } = createBench()
    const { [name]: _, ...headers } = VALID
    expect(await verify(headers)).toEqual(err('headers_missing'))
    expect(await verify({ ...VALID, [name]: '' })).toEqual(err('headers_missing'))
    expect(fetches).toEqual([])
  },
)

const signature = VALID['x-fal-webhook-signature'] ?? ''
test.each<[string, string, string]>([
  ['signature', 'too short', signature.slice(2)],
  ['signature', 'too long', `${signature}00`],
  ['signature', 'of an odd length', signature.slice(1)],
  ['signature', 'not hex', `zz${signature.slice(2)}`],
  ['signature', 'hex with a prefix', `0x${signature.slice(2)}`],
  ['signature', 'base64', btoa(signature.slice(0, 64))],
  ...['now', '-1', '1e9', '1.5', '0x10', '9'.repeat(13), ''].map(
    (text): [string, string, string] => ['timestamp', JSON.stringify(text), text],
  ),
])('refuses a %s that is %s before it fetches any key', async (name, _, wrong) => {
  const { fetches, verify } = createBench()
  const headers = { ...VALID, [`x-fal-webhook-${name}`]: wrong }
  expect(await verify(headers)).toEqual(err('headers_missing'))
  expect(fetches).toEqual([])
})

test.each([
  ['300 s old', 300_000, OK],
  ['a moment older', 300_001, err('too_old')],
  ['300 s ahead', -300_000, OK],
  ['a moment further ahead', -300_001, err('too_old')],
  ['a day old', DAY_MS, err('too_old')],
])('checks the age of a webhook that is %s before any fetch', async (_, ageMs, expected) => {
  const { fetches, verify } = createBench()
  expect(await verify(VALID, NOW_MS + ageMs)).toEqual(expected)
  expect(fetches).toHaveLength(expected.ok ? 1 : 0)
})

test.each([
  ['x-fal-webhook-request-id', 'req-2'],
  ['x-fal-webhook-user-id', 'user-2'],
  ['x-fal-webhook-timestamp', `${NOW_MS / 1000 - 1}`],
  ['x-fal-webhook-signature', '0'.repeat(128)],
])('refuses a changed %s', async (name, value) => {
  const { verify } = createBench()
  expect(await verify({ ...VALID, [name]: value })).toEqual(err('signature_wrong'))
})

test.each([
  ['another value', BODY.replace('OK', 'ERROR')],
  ['an extra space', `${BODY} `],
  ['the same JSON, formatted differently', JSON.stringify(JSON.parse(BODY), null, 2)],
  ['nothing', ''],
])('refuses a changed body: %s', async (_, body) => {
  const { verify } = createBench()
  expect(await verify(VALID, NOW_MS, body)).toEqual(err('signature_wrong'))
})

test('fetches the keys again when they have changed', async () => {
  let published = signer
  const { fetches, hookBy } = createBench(() => keySet(published))
  expect(await hookBy(signer, NOW_MS)).toEqual(OK)
  published = stranger
  expect(await hookBy(stranger, NOW_MS + MINUTE_MS)).toEqual(OK)
  expect(await hookBy(signer, NOW_MS + 3 * MINUTE_MS)).toEqual(err('signature_wrong'))
  expect(fetches).toHaveLength(3)
})

test.each([
  ['a year', 365 * DAY_MS],
  ['half a minute', MINUTE_MS / 2],
])(
  'fetches the keys again after the clock was %s ahead and has been set right',
  async (_, aheadMs) => {
    let published = signer
    const { hookBy } = createBench(() => keySet(published))
    await hookBy(signer, NOW_MS + aheadMs)
    published = stranger
    expect(await hookBy(stranger, NOW_MS)).toEqual(OK)
  },
)

test('fetches the keys at most once a minute, however many webhooks are forged', async () => {
  const { fetches, hookBy, verify } = createBench()
  await verify()
  const forgedAtSeconds = Array.from({ length: 60 }, (_, index) => index * 10)
  for (const second of forgedAtSeconds) {
    const forged = await hookBy(stranger, NOW_MS + second * 1000)
    expect(forged).toEqual(err('signature_wrong'))
  }
  // Ten minutes: the first fetch, and one at the end of each minute.
  expect(fetches).toHaveLength(10)
})

test('makes at most eight fetches of the keys at once', async () => {
  const answers: (() => void)[] = []
  const { fetches, verify } = createBench(async () => {
    await new Promise<void>((resolve) => answers.push(resolve))
    return keySet(signer)
  })
  const hooks = Array.from({ length: 20 }, () => verify())
  await expect.poll(() => answers.length).toBe(8)
  for (const answer of answers) answer()
  const verified = await Promise.all(hooks)
  expect(fetches).toHaveLength(8)
  // The others come back: fal sends again after a 503.
  expect(verified.filter(({ ok }) => ok).length).toBeGreaterThanOrEqual(8)
})

test('keeps the keys for a day and no longer, even if it cannot fetch others', async () => {
  let isDown = false
  const { fetches, hookBy } = createBench(async () => {
    if (isDown) throw new TypeError('fetch failed')
    return keySet(signer)
  })
  await hookBy(signer, NOW_MS)
  isDown = true
  expect(await hookBy(signer, NOW_MS + DAY_MS)).toEqual(OK)
  expect(fetches).toHaveLength(1)
  expect(await hookBy(signer, NOW_MS + DAY_MS + 1)).toEqual(err('keys_unavailable'))
  expect(fetches).toHaveLength(2)
  isDown = false
  expect(await hookBy(signer, NOW_MS + DAY_MS + MINUTE_MS + 1)).toEqual(OK)
})

test('keeps the keys within the day if it cannot fetch others', async () => {
  let isDown = false
  const { hookBy } = createBench(async () =>
    isDown ? new Response('<html>', { status: 502 }) : keySet(signer),
  )
  await hookBy(signer, NOW_MS)
  isDown = true
  expect(await hookBy(stranger, NOW_MS + MINUTE_MS)).toEqual(err('signature_wrong'))
  expect(await hookBy(signer, NOW_MS + MINUTE_MS)).toEqual(OK)
})

test.each([
  ['no connection', () => Promise.reject(new TypeError('fetch failed'))],
  ['a 500', async () => Response.json({ detail: 'no' }, { status: 500 })],
  ['a page', async () => new Response('<html>')],
  ['no keys', async () => Response.json({ keys: [] })],
  ['keys that are not a list', async () => Response.json({ keys: {} })],
  ['null', async () => Response.json(null)],
  ['keys of another kind', async () => Response.json({ keys: [{ kty: 'RSA', n: 'a', e: 'b' }] })],
  ['a key on another curve', async () => Response.json({ keys: [await elliptic()] })],
  ['a key that is too short', async () => Response.json({ keys: [{ x: 'AAAA' }] })],
  ['a redirect', async () => new Response(null, { status: 302, headers: { location: '/' } })],
])('%s in place of the keys is keys_unavailable, with one fetch a minute', async (_, publish) => {
  const { fetches, hookBy } = createBench(publish)
  expect(await hookBy(signer, NOW_MS)).toEqual(err('keys_unavailable'))
  expect(await hookBy(signer, NOW_MS + MINUTE_MS - 1)).toEqual(err('keys_unavailable'))
  expect(fetches).toHaveLength(1)
  await hookBy(signer, NOW_MS + MINUTE_MS)
  expect(fetches).toHaveLength(2)
})

test('useless keys do not spoil the others', async () => {
  const { verify } = createBench(async () =>
    Response.json({
      keys: [null, { kty: 'RSA', n: 'a', e: 'b' }, { x: 'AAAA' }, await signer.publicKey()],
    }),
  )
  expect(await verify()).toEqual(OK)
})

import { abortAllDurableObjects } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import type { CompletedGeneration } from '../../src/contract/generation.ts'
import { createFalMedia } from '../../src/adapters/fal-media.ts'
import { copyVideo } from '../../src/adapters/video-archive.ts'
import { newCaller } from './callers.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside } from './world.ts'

freshWorld()

const bucket = (env as unknown as { VIDEOS: R2Bucket }).VIDEOS

const made = fal.completed

/** Rings the alarm until the video of a generation is as the test wants. */
const ringUntil = (id: string, isSo: (video: CompletedGeneration['video']) => boolean) =>
  eventually(async () => {
    await clock.ring()
    const seen = await api.get<CompletedGeneration>(`/v1/generations/${id}`)
    return isSo(seen.video) && seen
  })

/** A completed generation whose video is in the archive. */
const kept = async (): Promise<CompletedGeneration> =>
  ringUntil((await made()).id, ({ archived_at }) => archived_at !== null)

/** Requests a video as a player does: with no key, and no header but a range. */
const play = (url: string, headers: Record<string, string> = {}, method = 'GET') =>
  api.send(new Request(url, { method, headers }))

const bytesOf = async (answer: Response) => new Uint8Array(await answer.arrayBuffer())

const share = (id: string, body: unknown = {}) => api.post(`/v1/generations/${id}/share`, body)
const link = async (...asked: Parameters<typeof share>) =>
  (await share(...asked)).json<{ readonly url: string; readonly expires_at: string }>()

const isGone = (id: string) =>
  eventually(async () => (await bucket.head(`default/${id}.mp4`)) === null)

const { removeGeneration: remove } = api

it('gives a video an address that plays without a key, both before and after it is archived', async () => {
  const { id, video } = await made()
  const [address, sig] = video.url.split('?sig=')
  expect(address).toBe(`${api.ORIGIN}/videos/default/${id}.mp4`)
  expect(sig).toMatch(/^[\w-]{22}$/)
  const source = await bytesOf(await fetch(video.source_url))
  const atFal = await play(video.url)
  expect([atFal.status, atFal.headers.get('content-type')]).toEqual([200, 'video/mp4'])
  expect(await bytesOf(atFal)).toEqual(source)
  const now = await kept()
  expect(now.video).toMatchObject({ file_size: source.byteLength, archive_error: null })
  const object = await bucket.get(`default/${now.id}.mp4`)
  expect(new Uint8Array((await object?.arrayBuffer()) ?? [])).toEqual(source)
  const archived = await play(now.video.url)
  expect(await bytesOf(archived)).toEqual(source)
  expect(Object.fromEntries(archived.headers)).toMatchObject({
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=300',
    'content-disposition': `inline; filename="${now.id}.mp4"`,
    'content-length': String(source.byteLength),
    'cross-origin-resource-policy': 'cross-origin',
    etag: `"${now.id}"`,
  })
  const downloaded = await play(`${now.video.url}&download=1`, {}, 'HEAD')
  expect(Object.fromEntries(downloaded.headers)).toMatchObject({
    'content-disposition': expect.stringMatching(/^attachment/),
    'content-length': String(source.byteLength),
  })
  // Archiving is a revision, which KV gets as well.
  await eventually(async () =>
    (await env.REQUESTS.get(`generation:${now.id}`))?.includes('archivedAtMs'),
  )
})

it.each(['at fal', 'kept'])('serves the ranges that players ask for (video %s)', async (where) => {
  const { video } = where === 'kept' ? await kept() : await made()
  const whole = await bytesOf(await fetch(video.source_url))
  const size = whole.byteLength
  const parts = [
    ['bytes=0-', 0, size],
    ['bytes=0-1', 0, 2],
    ['bytes=100-199', 100, 200],
    [`bytes=${size - 1}-`, size - 1, size],
    ['bytes=-500', size - 500, size],
  ] as const
  for (const [range, from, to] of parts) {
    const part = await play(video.url, { range })
    const told = `bytes ${from}-${to - 1}/${size}`
    expect([part.status, part.headers.get('content-range')]).toEqual([206, told])
    expect(await bytesOf(part)).toEqual(whole.slice(from, to))
  }
  const beyond = await play(video.url, { range: `bytes=${size}-` })
  expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${size}`])
  const known = await play(video.url, { 'if-none-match': '*' })
  expect([known.status, await known.text()]).toEqual([304, ''])
  expect((await play(video.url, { 'if-match': '"another"' })).status).toBe(412)
})

it('opens only with the right signature, and otherwise does not reveal whether a video exists', async () => {
  const { id, video } = await made()
  const theirs = await (await newCaller({ account_id: 'stranger' })).create()
  const changed = [
    video.url.replace(/\?.*/, ''),
    video.url.replace(/sig=.*/, `sig=${'A'.repeat(22)}`),
    `${video.url}&expires=4102444800`,
    video.url.replace(id, theirs.id),
    video.url.replace('/default/', '/stranger/'),
    video.url.replace('.mp4', ''),
  ]
  expect(new Set([video.url, ...changed]).size).toBe(7)
  expect(await api.codesOf(changed.map((url) => play(url)))).toEqual(['not_found'])
})

it('shares a link that expires', async () => {
  const { id } = await made()
  await clock.stop()
  const { url, expires_at } = await link(id, { expires_in_seconds: 3600 })
  expect(Date.parse(expires_at) - Date.now()).toBeGreaterThanOrEqual(3600_000)
  expect((await play(url)).status).toBe(200)
  const later = new URL(url)
  later.searchParams.set('expires', String(Number(later.searchParams.get('expires')) + 3600))
  expect((await play(later.href)).status).toBe(404)
  await clock.travel(HOUR_MS + 2000)
  expect((await play(url)).status).toBe(404)
  const { id: open } = await api.create({ prompt: fal.marked('render_ms=600000') })
  expect(await api.codeOf(share(open))).toBe('no_video')
  expect((await share(id, { expires_in_seconds: 1 })).status).toBe(422)
})

it('deletes a video with its generation, from the archive as well', async () => {
  const { id, video } = await kept()
  const shared = await link(id)
  await remove(id)
  for (const { url } of [video, shared]) expect((await play(url)).status).toBe(410)
  await isGone(id)
})

it('serves an archived video after fal deletes it, and says that one not archived is gone', async () => {
  const before = await kept()
  const after = await made()
  await inside.sql(`UPDATE generations SET doc = replace(doc, '/files/', '/files/gone-')`)
  await inside.sql('UPDATE archive_jobs SET due_at_ms = 0')
  await abortAllDurableObjects()
  expect((await play(before.video.url)).status).toBe(200)
  expect(await api.codeOf(play(after.video.url))).toBe('video_gone')
  const told = await ringUntil(after.id, ({ archive_error }) => archive_error !== null)
  expect(told.video.archive_error).toBe('fal no longer has the file')
  const { detail } = await api.readProblem(play(after.video.url))
  expect(detail).toContain('fal no longer has the file')
})

it.each([
  'http://v3.fal.media/a.mp4',
  'https://fal.media.evil.example/a.mp4',
  'https://evilfal.media/a.mp4',
  'https://gateway.test/a.mp4',
  'https://queue.fal.run:8443/a.mp4',
  'file:///etc/passwd',
  'no address',
])("fetches videos only from fal's hosts: not %s", async (url) => {
  const fetched = vi.spyOn(globalThis, 'fetch')
  const media = createFalMedia(['*.fal.media', 'queue.fal.run'])
  expect(await media.open(url, { method: 'GET' })).toEqual({ type: 'unreachable' })
  expect(fetched).not.toHaveBeenCalled()
})

const serving = (bytes: number, length: number, type = 'video/mp4') => ({
  open: async () => {
    const headers = { 'content-length': String(length), 'content-type': type }
    const body = new Blob([new Uint8Array(bytes)]).stream()
    return { type: 'file' as const, response: new Response(body, { headers }) }
  },
})

it.each([
  ['a file that ends early', serving(500, 1000)],
  ['a file that is longer than announced', serving(1500, 1000)],
  ['a file that is too large', serving(1000, 20_000)],
  ['an HTML page', serving(1000, 1000, 'text/html')],
  ['a file of unknown length', serving(1000, Number.NaN)],
])('archives nothing of %s', async (_what, media) => {
  const { signal } = new AbortController()
  const options = { name: 'a/b.mp4', sourceUrl: 'x', maxBytes: 10_000, signal }
  const result = await copyVideo(bucket, media, options).catch(() => undefined)
  expect(result?.type).not.toBe('kept')
  expect(await bucket.head('a/b.mp4')).toBeNull()
  const whole = await copyVideo(bucket, serving(1000, 1000), options)
  expect(whole).toEqual({ type: 'kept', bytes: 1000 })
  // Once the archive has it, fal is not asked.
  expect(await copyVideo(bucket, media, options)).toEqual(whole)
})

it('leaves no video behind if its generation is deleted during the copy', async () => {
  const { id } = await made()
  await clock.stop()
  // The process that copied it died: its claim is on the agenda, and its file arrives late.
  const claim = `INSERT OR REPLACE INTO archive_jobs VALUES (?, ?, 0, ?)`
  await inside.sql(claim, id, Date.now(), Date.now() + 900_000)
  await abortAllDurableObjects()
  await remove(id)
  await isGone(id)
  await bucket.put(`default/${id}.mp4`, 'late')
  await clock.travel(900_000 + 2000)
  await inside.stub().runDue(Date.now(), null)
  await isGone(id)
  expect((await api.call(`/v1/generations/${id}`)).status).toBe(410)
})

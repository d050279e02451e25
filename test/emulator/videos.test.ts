import { describe, expect, test } from 'vitest'
import { readVideo } from '../../src/emulator/index.ts'
import { answer, createBench } from './harness.ts'
import { describeVideo } from './mp4.ts'

const RATIOS = ['16:9', '9:16', '1:1', '4:5', '5:4', '3:2', '2:3']
const CASES = RATIOS.flatMap((aspect_ratio) => {
  const [across = 0, down = 0] = aspect_ratio.split(':').map(Number)
  return [720, 1080].flatMap((side) =>
    [5, 10].map((duration) => ({
      input: { aspect_ratio, resolution: `${side}p`, duration },
      width: (side * across) / Math.min(across, down),
      height: (side * down) / Math.min(across, down),
    })),
  )
})

const BY_DEFAULT = { input: { duration: undefined }, width: 1280, height: 720 }

/** Makes a video, and returns its file and the result's body. */
async function made(input: object) {
  const bench = createBench({ queueMs: 0, renderMs: 0 })
  const id = await bench.submit('A paper boat', input)
  const response = await bench.raw('GET', `/files/${id}/output.mp4`)
  const video = Buffer.from(await response.arrayBuffer())
  return { video, body: (await bench.result(id)).body }
}

describe('the video of a job', () => {
  test.each([...CASES, BY_DEFAULT])('fits its input: $input', async ({ input, width, height }) => {
    const { video, body } = await made(input)
    const { duration: seconds = 5 } = input
    const facts = { codec: 'avc1', width, height, seconds, frames: seconds * 24 }
    expect(describeVideo(video)).toEqual({ ...facts, isFastStart: true })
    expect(video.byteLength).toBeLessThan(80_000)
    expect(Object(body).video.file_size).toBe(video.byteLength)
  })

  test('takes less than 2 MB for all inputs together', async () => {
    const names = CASES.map(({ input }) => {
      const { aspect_ratio, resolution, duration } = input
      return `${aspect_ratio.replace(':', 'x')}-${resolution}-${duration}s`
    })
    const videos = await Promise.all(names.map(readVideo))
    expect(videos.reduce((sum, video) => sum + video.byteLength, 0)).toBeLessThan(2_000_000)
  })

  test('is public, and is served whole, as ranges, and to HEAD', async () => {
    const bench = createBench({ queueMs: 0, renderMs: 0 })
    const path = `/files/${await bench.submit('A paper boat')}/output.mp4`
    const get = async (headers: Record<string, string> = {}) =>
      bench.raw('GET', path, undefined, { authorization: '', ...headers })
    const whole = await get()
    const video = new Uint8Array(await whole.arrayBuffer())
    const bytes = video.byteLength
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': `${bytes}`,
      'accept-ranges': 'bytes',
    })
    const head = await bench.call('HEAD', path, undefined, { authorization: '' })
    expect(head).toEqual(answer(200, '', { 'content-length': `${bytes}` }))

    const ranges = [
      ['bytes=0-3', 0, 3],
      ['bytes=100-', 100, bytes - 1],
      ['bytes=-10', bytes - 10, bytes - 1],
      [`bytes=5-${bytes * 2}`, 5, bytes - 1],
    ] as const
    for (const [range, start, end] of ranges) {
      const part = await get({ range })
      expect(part.status).toBe(206)
      expect(part.headers.get('content-range')).toBe(`bytes ${start}-${end}/${bytes}`)
      expect(part.headers.get('content-length')).toBe(`${end - start + 1}`)
      expect(new Uint8Array(await part.arrayBuffer())).toEqual(video.slice(start, end + 1))
    }
    const beyond = await get({ range: `bytes=${bytes}-` })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${bytes}`])
    expect((await get({ range: 'bytes=-0' })).status).toBe(416)
  })

  test('does not exist for a job that is unknown, unfinished or failed', async () => {
    const bench = createBench()
    const running = await bench.submit('A paper boat')
    const failed = await bench.submit('A [emulator: queue_ms=0 render_ms=0 outcome=no_media]')
    for (const id of ['none', running, failed]) {
      expect((await bench.call('GET', `/files/${id}/output.mp4`)).status).toBe(404)
    }
    expect((await bench.post('A paper boat')).body).toMatchObject({ status: 'IN_QUEUE' })
  })

  test('cannot be read from outside its folder by any name', async () => {
    await expect(readVideo('../videos')).rejects.toThrow(RangeError)
  })
})

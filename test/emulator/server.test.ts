import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../scripts/temporary-folder.ts'
import { type ServerOptions, startEmulator } from '../../src/emulator/index.ts'
import { listen } from '../shared/listen.ts'
import { MODEL, field } from './harness.ts'

async function start(options: ServerOptions = {}) {
  const server = await startEmulator({ queueMs: 0, renderMs: 20, ...options })
  onTestFinished(async () => server.close())
  const submit = async (prompt: string, query = '', signal?: AbortSignal) =>
    fetch(`${server.url}${MODEL}${query}`, {
      method: 'POST',
      headers: { authorization: `Key ${server.falKey}` },
      body: JSON.stringify({ prompt }),
      ...(signal !== undefined && { signal }),
    })
  return { server, submit }
}

async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'answered',
    (error: unknown) => (error instanceof Error ? Object(error.cause).code : error),
  )
}

describe('the emulator on a port', () => {
  test.each([
    ['closes the connection without an answer, and keeps the job', 'lost', 'UND_ERR_SOCKET', 1],
    ['resets the connection, and keeps no job', 'reset', 'ECONNRESET', 0],
  ])('%s', async (_, marker, code, jobs) => {
    const { server, submit } = await start()
    expect(await failure(submit(`A [emulator: submit=${marker}]`))).toBe(code)
    expect(server.emulator.jobs()).toHaveLength(jobs)
  })

  test('hangs until the caller leaves, and then counts the call as ended', async () => {
    const { server, submit } = await start()
    const leaving = new AbortController()
    const call = submit('A [emulator: submit=hang]', '', leaving.signal)
    const left = call.catch((error: unknown) => error)
    await expect.poll(() => server.emulator.jobs()).toHaveLength(1)
    leaving.abort()
    expect(await left).toMatchObject({ name: 'AbortError' })
    await expect
      .poll(async () => (await fetch(`${server.url}/_emulator/calls`)).json())
      .toMatchObject({
        calls: [{ status: 'lost' }],
        concurrent: { submit: { running: 0, maximum: 1 } },
      })
  })

  test('delivers webhooks over HTTP as time passes', async () => {
    const hook = Promise.withResolvers<{ url: string | undefined; body: string }>()
    const receiver = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        response.end()
        hook.resolve({ url: request.url, body: Buffer.concat(chunks).toString() })
      })
    })
    onTestFinished(() => void receiver.close())
    const { submit } = await start()
    const webhookUrl = encodeURIComponent(`${await listen(receiver)}/hook?token=1`)
    const submitted = await submit('A boat', `?fal_webhook=${webhookUrl}`)
    const id = field(await submitted.json(), 'request_id')
    const { url, body } = await hook.promise
    expect(url).toBe('/hook?token=1')
    expect(JSON.parse(body)).toMatchObject({ request_id: id, status: 'OK' })
  })

  test('serves the video at the URL in the result', async () => {
    const { server, submit } = await start({ renderMs: 0 })
    const ticket: unknown = await (await submit('A boat')).json()
    const headers = { authorization: `Key ${server.falKey}` }
    const result = await fetch(field(ticket, 'response_url'), { headers })
    const { video } = Object(await result.json())
    const file = await fetch(video.url)
    expect(file.status).toBe(200)
    expect((await file.arrayBuffer()).byteLength).toBe(video.file_size)
  })

  test('can close while streams and hanging calls are open', async () => {
    const { server, submit } = await start({ renderMs: 60_000 })
    const ticket: unknown = await (await submit('A boat')).json()
    const headers = { authorization: `Key ${server.falKey}` }
    const stream = await fetch(`${field(ticket, 'status_url')}/stream`, { headers })
    const hanging = failure(submit('A [emulator: submit=hang]'))
    await expect.poll(() => server.emulator.jobs()).toHaveLength(2)
    await server.close()
    expect(await hanging).not.toBe('answered')
    await stream.text().catch(() => undefined)
    await expect(fetch(server.url)).rejects.toThrow('fetch failed')
  })

  test('listens only on this machine', async () => {
    // @ts-expect-error the type refuses any other host too
    await expect(startEmulator({ host: '0.0.0.0' })).rejects.toThrow(RangeError)
  })
})

test('the command prints its URL, and exits cleanly on SIGTERM', async () => {
  const main = new URL('../../src/emulator/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main, '--port', '0', '--key', 'a:b', '--render-ms', '5'])
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = await once(child.stdout, 'data')
  const { url, jwks_url: jwksUrl, fal_key: falKey } = JSON.parse(String(line))
  expect([jwksUrl, falKey]).toEqual([`${url}/.well-known/jwks.json`, 'a:b'])
  expect((await fetch(jwksUrl)).status).toBe(200)
  const submitted = await fetch(`${url}${MODEL}?fal_webhook=http://127.0.0.1:9/`, {
    method: 'POST',
    headers: { authorization: 'Key a:b' },
    body: JSON.stringify({ prompt: 'A boat' }),
  })
  expect(submitted.status).toBe(200)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

test('DELETE clears the state on disk too, and a damaged state file is refused', async () => {
  using folder = temporaryFolder()
  const statePath = join(folder.path, 'emulator.jsonl')
  type Use = (started: Awaited<ReturnType<typeof start>>) => Promise<unknown>
  const live = async (use: Use = async () => undefined) => {
    const started = await start({ statePath })
    await use(started)
    const { server } = started
    const { keys } = Object(await (await fetch(server.jwksUrl)).json())
    const prompts = server.emulator.jobs().map(({ input }) => input['prompt'])
    await server.close()
    return { keys, prompts }
  }
  const { keys } = await live(({ submit }) => submit('A boat'))
  const both = { keys, prompts: ['A boat', 'A cat'] }
  expect(await live(({ submit }) => submit('A cat'))).toEqual(both)
  const none = { keys, prompts: [] }
  const forget: Use = ({ server }) => fetch(`${server.url}/_emulator`, { method: 'DELETE' })
  expect(await live(forget)).toEqual(none)
  expect(await live()).toEqual(none)
  const body = JSON.stringify({ rotate_key: true, keep_previous_key: true })
  const rotated = await live(({ server }) =>
    fetch(`${server.url}/_emulator/settings`, { method: 'POST', body }),
  )
  expect(rotated.keys).toEqual([expect.anything(), ...keys])
  expect(await live()).toEqual(rotated)
  writeFileSync(statePath, `${readFileSync(statePath, 'utf8')}{"job"\n`)
  await expect(live()).rejects.toThrow('is damaged')
})

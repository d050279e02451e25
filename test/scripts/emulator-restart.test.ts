import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../scripts/ports.ts'
import { temporaryFolder } from '../../scripts/temporary-folder.ts'
import { isSigned } from '../emulator/signature.ts'
import { listen } from '../shared/listen.ts'

const MAIN = new URL('../../src/emulator/main.ts', import.meta.url).pathname

/** Starts the emulator as a process, and waits until it answers. */
const start = async (port: number, statePath: string) => {
  const options = [`--port=${port}`, '--key=a:b', `--state=${statePath}`]
  const child = spawn(process.execPath, [MAIN, ...options, '--queue-ms=0', '--render-ms=0'])
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('it did not start')))
  await Promise.race([once(child.stdout, 'data'), ended])
  return child
}

/** Receives webhooks, and answers with a status that the test sets. */
const receive = async () => {
  const hooks: { request: Request; body: string }[] = []
  const answer = { status: 503 }
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const headers = new Headers()
      for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value))
      hooks.push({ request: new Request('http://receiver/', { headers }), body })
      response.writeHead(answer.status).end()
    })
  })
  onTestFinished(() => void server.close())
  return { hooks, answer, url: `${await listen(server)}/hook` }
}

test('after a kill, the emulator continues with its jobs, its webhooks and its key', async () => {
  using folder = temporaryFolder()
  const statePath = join(folder.path, 'deep', 'emulator.jsonl')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const receiver = await receive()

  const call = async (method: string, path: string, body?: object): Promise<Response> =>
    fetch(url + path, {
      method,
      headers: { authorization: 'Key a:b' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const submit = async (prompt: string): Promise<string> => {
    const hook = encodeURIComponent(receiver.url)
    const path = `/fal-ai/pika/v2.2/text-to-video?fal_webhook=${hook}`
    return Object(await (await call('POST', path, { prompt })).json()).request_id
  }
  const control = async (path: string) =>
    Object(await (await call('GET', `/_emulator${path}`)).json())
  /** All jobs, without the field that changes with time. */
  const jobs = async (): Promise<object[]> =>
    (await control('/jobs')).jobs.map((job: object) => ({ ...job, listed: null }))
  const states = async (): Promise<unknown[]> =>
    (await control('/webhooks')).deliveries.map(({ state }: { state: string }) => state)
  const keys = async () => Object(await (await call('GET', '/.well-known/jwks.json')).json()).keys

  const first = await start(port, statePath)
  const knownKeys = await keys()
  receiver.answer.status = 200
  const acknowledged = await submit('A boat')
  await expect.poll(states).toEqual(['acknowledged'])
  receiver.answer.status = 503
  const unheard = await submit('A boat')
  await expect.poll(states).toEqual(['acknowledged', 'retrying'])
  const canceled = await submit('A boat [emulator: render_ms=600000]')
  await call('PUT', `/fal-ai/pika/requests/${canceled}/cancel`)
  const before = await jobs()
  const running = await submit('A boat [emulator: render_ms=600000]')
  first.kill('SIGKILL')
  await once(first, 'exit')
  appendFileSync(statePath, '{"job":{"requestId":"cut sho')

  receiver.answer.status = 200
  await start(port, statePath)
  expect(await keys()).toEqual(knownKeys)
  const [third, ...others] = (await jobs()).toReversed()
  expect(others.toReversed()).toEqual(before)
  expect(third).toMatchObject({ request_id: running, status: 'IN_PROGRESS' })
  expect((await call('GET', `/files/${acknowledged}/output.mp4`)).status).toBe(200)
  await call('POST', `/_emulator/jobs/${running}/advance`, { ms: 600_000 })
  await call('POST', '/_emulator/clock', { advance_ms: 60_000 })
  const toldAgain = () => receiver.hooks.slice(2).map(({ body }) => JSON.parse(body).request_id)
  await expect.poll(toldAgain).toEqual(expect.arrayContaining([unheard, running]))
  expect(toldAgain()).not.toContain(acknowledged)
  for (const { request, body } of receiver.hooks) {
    expect(await isSigned(request, body, knownKeys)).toBe(true)
  }
})

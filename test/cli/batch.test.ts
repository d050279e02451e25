/** Many videos in one batch, and the same batch run again. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Interrupted } from '../../src/cli/exit-codes.ts'
import { sharedGateway } from '../shared/gateway.ts'
import { callerOfEachTest } from './harness.ts'

const gateway = await sharedGateway()
const scopes = ['generations:read', 'generations:write', 'admin']
const { caller, pika } = callerOfEachTest(gateway, 'batches', scopes)

/** A prompt that no other test has. */
const prompt = (markers = 'render_ms=0') => `A boat, ${crypto.randomUUID()} [emulator: ${markers}]`
const submitsOf = (prompts: readonly string[]) => Promise.all(prompts.map(gateway.submits))
const batch = (lines: readonly unknown[]): string => {
  const path = join(caller.home, 'prompts.jsonl')
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return path
}

it('makes several videos from one prompt, and states the total cost first', async () => {
  const boat = prompt()
  const boats = join(caller.home, 'boats')
  const args = ['generate', boat, '--count', '3', '--out', boats]
  const unasked = await pika(args)
  expect(unasked).toMatchObject({ exitCode: 2, stdout: '' })
  expect(unasked.stderr).toMatch(/^✖ 3 videos cost \$0\.60 at most\. Continue\? Use --yes to agree/)
  expect(await gateway.submits(boat)).toBe(0)

  const { exitCode, stdout, stderr } = await pika([...args, '--yes'])
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
  expect(stdout.trim().split('\n').toSorted()).toEqual(
    readdirSync(boats)
      .map((name) => join(boats, name))
      .toSorted(),
  )
  expect(await gateway.submits(boat)).toBe(3)
  const [, id = ''] = /^batch (\w+): .*--batch-id \1/m.exec(stderr) ?? []
  expect((await pika([...args, '--yes', '--batch-id', id])).exitCode).toBe(0)
  const more = await pika([...args, '--yes', '--batch-id', id, '--count', '4'])
  expect(more.stdout.trim().split('\n')).toHaveLength(4)
  expect(await gateway.submits(boat)).toBe(4)
})

it('pays again only for videos that failed without a charge', async () => {
  const good = prompt()
  const free = { prompt: prompt('outcome=generation_timeout'), resolution: '1080p' }
  const paid = { prompt: prompt('outcome=content_policy'), metadata: { a: 'b' } }
  const lines = [good, free, paid]
  const args = ['generate', '--yes', '--batch-id', 'mine', '--json', '--batch']
  const first = await pika([...args, batch(lines)])
  expect(first.exitCode).toBe(1)
  expect(JSON.parse(first.stdout)).toMatchObject({
    object: 'batch',
    id: 'mine',
    data: [
      { line: 1, request: { prompt: good }, generation: { status: 'completed' } },
      {
        generation: { status: 'failed', input: { resolution: '1080p' } },
        error: { code: 'generation_timeout' },
      },
      { generation: { status: 'failed', metadata: { a: 'b' } } },
    ],
  })
  const prompts = [good, free.prompt, paid.prompt]
  expect(await submitsOf(prompts)).toEqual([1, 1, 1])
  // A line keeps its identity when it moves.
  const second = await pika([...args, batch(lines.toReversed())])
  expect(JSON.parse(second.stderr)).toMatchObject({ detail: '2 of 3 have no video' })
  expect(await submitsOf(prompts)).toEqual([1, 2, 1])
})

it('stops when the budget is used up, and continues once the budget is raised', async () => {
  await pika(['accounts', 'update', '--daily-budget', '0.5'])
  const prompts = [prompt(), prompt(), prompt(), prompt()]
  const flags = ['--batch-id=b', '--concurrency=1', '--yes']
  const args = ['generate', '--batch', batch(prompts), ...flags]
  const { exitCode, stderr, stdout } = await pika(args)
  expect({ exitCode, lines: stdout.trim().split('\n').length }).toEqual({ exitCode: 5, lines: 2 })
  expect(stderr).toContain('4 videos cost $0.80 at most, and the budget has $0.50 left')
  expect(stderr).toMatch(/✖ 2 of 4 have no video\n[^]*account_daily[^]*accounts update/)
  await pika(['accounts', 'update', '--daily-budget', '1'])
  expect((await pika(args)).exitCode).toBe(0)
  expect(await submitsOf(prompts)).toEqual([1, 1, 1, 1])
})

it('stops on Ctrl-C, and says how to continue', async () => {
  const controller = new AbortController()
  const slow = prompt('queue_ms=3600000')
  const args = ['generate', slow, '--count', '2', '--yes', '--batch-id', 'b']
  const running = pika(args, { signal: controller.signal })
  await expect.poll(() => gateway.submits(slow)).toBe(2)
  controller.abort(new Interrupted(130))
  const { exitCode, stderr } = await running
  expect(exitCode).toBe(130)
  expect(stderr).toMatch(/To continue it: the same command with --batch-id b pays only/)
})

it.each([
  ['{"prompt": "x",}', /line 1 is not valid JSON at column 16/],
  ['"x"\n\n{"prompt": ""}', /line 3: prompt must not be empty/],
  ['{"promt": "x"}', /line 1: prompt must be a string; promt is not a field/],
  ['7', /line 1: it must be a JSON object/],
  ['\n', /is empty/],
])('names the invalid line before it pays for anything: %j', async (text, message) => {
  const { exitCode, stderr } = await pika(['generate', '--batch', '-', '--yes'], { stdin: text })
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(message) })
})

it.each([
  ['a prompt and a batch', ['A boat', '--batch', '-']],
  ['one seed for several videos', ['A boat', '--count', '2', '--seed', '1']],
  ['one idempotency key for several videos', ['A boat', '--count', '2', '--idempotency-key', 'k']],
  ['several videos on stdout', ['A boat', '--count', '2', '--out', '-']],
])('refuses %s', async (_name, args) => {
  expect((await pika(['generate', ...args, '--yes'])).exitCode).toBe(2)
})

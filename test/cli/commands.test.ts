import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sharedGateway } from '../shared/gateway.ts'
import { callerOfEachTest } from './harness.ts'

const PROMPT = 'A lighthouse in the fog'
const fate = (markers: string) => `${PROMPT} [emulator: ${markers}]`
const SLOW = fate('queue_ms=3600000')
const ID = /^gen_[0-9a-z]{26}$/
const ALL_SCOPES = ['generations:read', 'generations:write', 'schedules:read', 'schedules:write']

const gateway = await sharedGateway()
const { caller, pika, json } = callerOfEachTest(gateway, 'account', [...ALL_SCOPES, 'admin'])
/** As ADMIN_KEY, in the caller's account. */
const asAdmin = () => ({
  env: { PIKA_EDGE_KEY: gateway.adminKey, PIKA_EDGE_ACCOUNT: caller.account },
})

const submit = async (prompt: string, ...flags: string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await pika(['generate', prompt, '--no-wait', ...flags])
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
  return stdout.trim()
}

describe('generate', () => {
  it("accepts all of the model's options", async () => {
    const flags = ['--negative-prompt=', '--seed=0', '--aspect-ratio=9:16', '--resolution=1080p']
    const more = ['--duration=10', '-m', 'a=1', '-m', 'b=x=y']
    const generation = await json(['generate', PROMPT, ...flags, ...more])
    expect(generation).toMatchObject({
      status: 'completed',
      input: {
        prompt: PROMPT,
        negative_prompt: '',
        seed: 0,
        aspect_ratio: '9:16',
        resolution: '1080p',
        duration: 10,
      },
      metadata: { a: '1', b: 'x=y' },
      cost: { charged_usd: 0.9 },
    })
  })

  it('leaves out options that were not given, except the seed', async () => {
    const { input } = await json<{ input: object }>(['generate', PROMPT])
    expect(Object.keys(input)).toEqual(['prompt', 'aspect_ratio', 'resolution', 'duration', 'seed'])
  })

  it.each([
    ['a pipe', [], PROMPT],
    ['-', ['-'], PROMPT],
    ['a pipe with line ends', [], `\n${PROMPT}\r\n`],
  ])('reads the prompt from %s', async (_name, args, stdin) => {
    const generation = await json(['generate', ...args], { stdin })
    expect(generation).toMatchObject({ input: { prompt: PROMPT } })
  })

  it('reads the prompt from a file', async () => {
    const file = join(caller.home, 'prompt.txt')
    writeFileSync(file, `${PROMPT}\n`)
    expect(await json(['generate', '--file', file])).toMatchObject({ input: { prompt: PROMPT } })
  })

  it.each([
    ['no prompt', []],
    ['two prompts', [PROMPT, '--file', 'prompt.txt']],
    ['a file that does not exist', ['--file', '/nowhere/prompt.txt']],
    ['a duration that Pika does not support', [PROMPT, '--duration', '7']],
    ['a seed that is not an integer', [PROMPT, '--seed', '1.5']],
    ['metadata without a name', [PROMPT, '-m', '=x']],
    ['an unknown option', [PROMPT, '--fps', '24']],
    ['an output folder that cannot exist', [PROMPT, '--out', '/dev/null/video.mp4']],
    ['two kinds of output on stdout', [PROMPT, '--out', '-', '--json']],
  ])('refuses %s and sends nothing', async (_name, args) => {
    const before = await gateway.submits(PROMPT)
    const { exitCode, stdout, stderr } = await pika(['generate', ...args])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(/^(✖ .+\n( {2}.+\n)*|\{.+\}\n)$/)
    expect(await gateway.submits(PROMPT)).toBe(before)
  })

  it('saves the whole video, and overwrites another only with --force', async () => {
    const file = join(caller.home, 'new/river.mp4')
    const first = await pika(['generate', PROMPT, '--out', file])
    expect(first).toMatchObject({ exitCode: 0, stdout: `${file}\n` })
    expect(readFileSync(file).subarray(4, 8).toString()).toBe('ftyp')
    expect(readdirSync(join(caller.home, 'new'))).toEqual(['river.mp4'])

    const before = await gateway.submits(PROMPT)
    const second = await pika(['generate', PROMPT, '--out', file])
    expect(second.exitCode).toBe(2)
    expect(second.stderr).toContain('exists already')
    expect(await gateway.submits(PROMPT)).toBe(before)
    expect((await pika(['generate', PROMPT, '--out', file, '--force'])).exitCode).toBe(0)
  })

  it('names the file after the id when --out is a folder', async () => {
    const args = ['generate', PROMPT, '--out', caller.home]
    const { id, saved_to } = await json<{ id: string; saved_to: string }>(args)
    expect(saved_to).toBe(join(caller.home, `${id}.mp4`))
    expect(existsSync(saved_to)).toBe(true)
  })

  it('pays once for one idempotency key', async () => {
    const args = ['generate', 'A paper boat', '--idempotency-key', crypto.randomUUID()]
    const [first, second] = [await json<{ id: string }>(args), await json<{ id: string }>(args)]
    expect(second.id).toBe(first.id)
    expect(await gateway.submits('A paper boat')).toBe(1)
    const { exitCode } = await pika(['generate', 'Another', ...args.slice(2)])
    expect(exitCode).toBe(6)
  })

  it('stops waiting at its timeout, while the generation continues', async () => {
    const { exitCode, stdout, stderr } = await pika(['generate', SLOW, '--timeout', '0.5'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 7, stdout: '' })
    expect(stderr).toMatch(/it continues\n.*pika-edge watch gen_/)
  })

  it.each([
    ['content_policy', 6, 'content_policy_violation', /Trying again cannot help/],
    ['generation_timeout', 1, 'generation_timeout', /Trying again can help: pika-edge retry gen_/],
  ])('says why there is no video: %s', async (outcome, exitCode, code, hint) => {
    const prompt = fate(`outcome=${outcome}`)
    const told = await pika(['generate', prompt])
    expect({ ...told, stderr: '' }).toEqual({ exitCode, stdout: '', stderr: '' })
    expect(told.stderr).toContain(`(${code})`)
    expect(told.stderr).toMatch(hint)
    expect(told.stderr).toMatch(/charged/)

    const { stdout, stderr } = await pika(['generate', prompt, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', error: { code } })
    expect(JSON.parse(stderr)).toMatchObject({ code, status: 'failed', exit_code: exitCode })
  })

  it('reports a request that fal refuses immediately', async () => {
    const { exitCode, stderr } = await pika(['generate', fate('submit=locked'), '--json'])
    expect(exitCode).toBe(8)
    expect(JSON.parse(stderr)).toMatchObject({
      status: 503,
      code: 'fal_account_locked',
      generation_id: expect.stringMatching(ID),
    })
  })
})

describe('a generation', () => {
  it('is listed, shown, watched and downloaded', async () => {
    const id = await submit(PROMPT)
    expect(id).toMatch(ID)
    expect((await pika(['watch', id])).stdout).toMatch(/\.mp4\?sig=[\w-]{22}\n$/)
    expect((await pika(['list', '--status', 'completed'])).stdout).toContain(id)
    const shown = await pika(['get', id])
    expect(shown.stdout).toMatch(/^status +completed$/m)
    const { fal_request_id } = await json<{ fal_request_id: string }>(['get', id])
    expect(await json(['get', fal_request_id, '--fal-request'])).toMatchObject({ id })
    const file = join(caller.home, 'video.mp4')
    expect((await pika(['download', id, '--out', file])).stdout).toBe(`${file}\n`)
    const piped = await pika(['download', id, '--out', '-'])
    expect(piped.stdout).toBe(readFileSync(file).toString())
    expect((await pika(['download', id, '--out', file])).exitCode).toBe(2)
  })

  it('can be watched as lines of JSON', async () => {
    const id = await submit(PROMPT)
    const { stdout, exitCode } = await pika(['watch', id, '--json'])
    expect(exitCode).toBe(0)
    const types = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type)
    expect(types[0]).toBe('generation.submitting')
    expect(types.at(-1)).toBe('generation.completed')
  })

  it('can be canceled and retried', async () => {
    const id = await submit(SLOW)
    expect((await pika(['retry', id])).exitCode).toBe(7)
    expect((await pika(['download', id])).exitCode).toBe(7)
    const { stdout } = await pika(['cancel', id, '--wait'])
    expect(stdout).toBe(`${id}  canceled, nothing charged\n`)
    expect((await pika(['cancel', id])).exitCode).toBe(0)
    expect((await pika(['watch', id])).exitCode).toBe(1)
    expect((await pika(['download', id])).exitCode).toBe(1)
    const again = await json<{ retry_of: string }>(['retry', id, '--no-wait'])
    expect(again.retry_of).toBe(id)
  })

  it('cannot be canceled or retried once it is completed', async () => {
    const { id } = await json<{ id: string }>(['generate', PROMPT])
    expect((await pika(['cancel', id])).stderr).toContain('already_final')
    expect((await pika(['retry', id])).exitCode).toBe(1)
  })

  it.each(['get', 'watch', 'cancel', 'retry', 'download'])(
    'is reported as not found by %s if it does not exist',
    async (command) => {
      const { exitCode, stdout } = await pika([command, 'gen_nobody'])
      expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' })
    },
  )

  it('is resolved only by the admin, with one verdict, and only if fal left it open', async () => {
    const { id } = await json<{ id: string }>(['generate', PROMPT])
    const word = ['resolve', id, '--not-charged']
    expect((await pika(word)).stderr).toContain('only ADMIN_KEY may do that')
    expect((await pika(word, asAdmin())).stderr).toContain('not_resolvable')
    expect((await pika(['resolve', id])).exitCode).toBe(2)
    expect((await pika(['resolve', id, '--charged', '--not-charged'])).exitCode).toBe(2)
  })

  it('shows a request at fal that may belong to it, and how to adopt it', async () => {
    const id = await submit(fate('submit=lost webhook=lost'), '--seed=42')
    const advice = `adopt it: resolve ${id} --fal-request \\1`
    const command = new RegExp(`^candidate +([\\w-]+) \\(${advice}\\)$`, 'm')
    await expect.poll(async () => (await pika(['get', id])).stdout).toMatch(command)
    // It is too early to accept anyone's verdict, and a retry would be paid for.
    const { stderr } = await pika(['resolve', id, '--not-charged'], asAdmin())
    expect(stderr).toContain('Run this again after that time')
  })

  it('can be deleted once it has ended, and its cost is kept', async () => {
    const { id } = await json<{ id: string }>(['generate', PROMPT])
    const unasked = await pika(['delete', id])
    expect(unasked).toMatchObject({ exitCode: 2, stdout: '' })
    const { stdout } = await pika(['delete', id, '--yes'])
    expect(stdout).toBe(`${id}  deleted\n`)
    expect((await pika(['get', id])).stderr).toContain('generation_deleted')
    expect(await json(['usage'])).toMatchObject({ total: { generations: 1, charged_usd: 0.2 } })
  })

  it('appears on a page of the list', async () => {
    const ids = [await submit(PROMPT), await submit(PROMPT), await submit(PROMPT)]
    const { data } = await json<{ data: { id: string }[] }>(['list', '--all'])
    expect(data.map(({ id }) => id)).toEqual(ids.toReversed())
    const { stdout, stderr } = await pika(['list', '--limit', '2'])
    expect(stdout.trim().split('\n')).toHaveLength(3)
    expect(stderr).toContain('There are more')
  })
})

describe('keys', () => {
  it('are created, listed and revoked', async () => {
    const made = await pika(['keys', 'create', 'web', '--expires', '2099-01-01'])
    expect(made.stdout).toMatch(/^pika_\S+\n$/)
    const web = { env: { PIKA_EDGE_KEY: made.stdout.trim() } }
    expect((await pika(['list'], web)).exitCode).toBe(0)
    const denied = await pika(['keys', 'list'], web)
    expect(denied.exitCode).toBe(3)
    expect(denied.stderr).toContain('(missing_scope)')

    const { data } = await json<{ data: { id: string; name: string }[] }>(['keys', 'list'])
    const id = data.find(({ name }) => name === 'web')?.id ?? ''
    expect((await pika(['keys', 'revoke', id])).exitCode).toBe(2)
    expect((await pika(['keys', 'revoke', id, '--yes'])).stdout).toBe(`${id}  revoked\n`)
  })

  it('are created for the account that the admin names', async () => {
    const env = { PIKA_EDGE_KEY: gateway.adminKey }
    const made = await json(['--account', 'acme', 'keys', 'create', 'batch'], { env })
    const scopes = ['generations:read', 'generations:write']
    expect(made).toMatchObject({ account_id: 'acme', scopes })
  })
})

describe('schedules', () => {
  it('are created, shown, paused, resumed, run and deleted', async () => {
    const args = ['--cron', '0 9 * * *', '--timezone', 'Europe/Paris', '--daily-budget', '1']
    const create = ['schedule', 'create', 'mornings', `${PROMPT} on {{date}}`]
    const { id } = await json<{ id: string }>([...create, ...args])
    expect((await pika(['schedule', 'list'])).stdout).toContain(id)
    expect((await pika(['schedule', 'show', id])).stdout).toMatch(/^next +\d{4}-\d\d-\d\d 09:00$/m)
    expect((await pika(['schedule', 'pause', id])).stdout).toBe(`${id}  paused\n`)
    expect((await pika(['schedule', 'resume', id])).stdout).toContain('active, next ')
    const stdout = expect.stringMatching(/\.mp4\?sig=[\w-]{22}\n$/)
    expect(await pika(['schedule', 'run', id])).toMatchObject({ exitCode: 0, stdout })
    expect((await pika(['schedule', 'runs', id])).stdout).toMatch(/manual +completed +gen_/)
    expect((await pika(['schedule', 'delete', id])).exitCode).toBe(2)
    expect((await pika(['schedule', 'delete', id, '--yes'])).exitCode).toBe(0)
    expect((await pika(['schedule', 'show', id])).exitCode).toBe(4)
  })
})

describe('doctor', () => {
  interface Report {
    readonly healthy: boolean
    readonly findings: readonly { check: string; state: string; fix?: string }[]
  }

  it('finds nothing wrong in a healthy setup', async () => {
    const { healthy, findings } = await json<Report>(['doctor'])
    const here = ['node', 'settings file', 'url', 'key', 'model', 'connection', 'webhooks', 'clock']
    const there = ['known as', 'scopes', 'budget', 'work', 'fal']
    expect(healthy).toBe(true)
    expect(findings.map(({ check }) => check)).toEqual([...here, ...there])
  })

  it.each([
    ['a gateway that is not running', ['--url', 'http://127.0.0.1:9'], 'connection'],
    ['an unknown host', ['--url', 'https://gateway.invalid'], 'connection'],
    ['an unknown key', ['--key', 'pika_nobody'], 'known as'],
    ['an invalid URL', ['--url', 'nowhere'], 'settings'],
  ])('says what to do about %s', async (_name, args, check) => {
    const { exitCode, stdout } = await pika(['doctor', '--json', ...args])
    expect(exitCode).toBe(1)
    const { findings }: Report = JSON.parse(stdout)
    const wrong = findings.filter(({ state }) => state === 'wrong')
    expect(wrong).toMatchObject([{ check, fix: expect.stringMatching(/./) }])
  })

  it('says when the budget is used up', async () => {
    await pika(['account', 'set', '--daily-budget', '0'])
    const { exitCode, stdout } = await pika(['doctor'])
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/✖ budget +account_daily: \$0\.00 left, a video costs \$0\.20\n +→ Wait/)
  })
})

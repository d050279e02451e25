import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { checkDeployment } from '../../scripts/deploy-check.ts'
import { planSecrets, readSecretList } from '../../scripts/deploy-plan.ts'
import { runScript, SLOW_MS } from './child.ts'

const askFalKey = async () => 'id:secret'
const neverAsked = async () => {
  throw new Error('there is a key already')
}

describe('npm run deploy', { timeout: SLOW_MS }, () => {
  test('builds and plans without an account, and keeps no secret', async () => {
    using deploy = runScript('deploy.ts', ['--dry-run'], { FAL_KEY: 'id:the-secret' })
    const exitCode = await deploy.exited
    expect({ exitCode, output: deploy.output() }).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('Made now: ADMIN_KEY, SIGNING_KEY'),
    })
    expect(deploy.output()).toContain('Dry run: the bundle builds')
    expect(deploy.output()).not.toContain('the-secret')
    expect(deploy.leftovers()).toEqual({ files: [], processes: [] })
  })
})

describe('the secrets of a deployment', () => {
  test('are all made for the first one', async () => {
    const plan = await planSecrets([], askFalKey)
    expect(plan).toMatchObject({ kept: [], made: ['ADMIN_KEY', 'SIGNING_KEY'] })
    expect(plan.secrets.FAL_KEY).toBe('id:secret')
    expect(plan.secrets.ADMIN_KEY).toMatch(/^[\w-]{43}$/)
    expect(plan.secrets.SIGNING_KEY).toMatch(/^[\w-]{43}$/)
    expect(plan.secrets.ADMIN_KEY).not.toBe(plan.secrets.SIGNING_KEY)
  })

  test('stay as they are in a later one', async () => {
    expect(await planSecrets(['SIGNING_KEY', 'FAL_KEY', 'ADMIN_KEY'], neverAsked)).toEqual({
      secrets: {},
      kept: ['FAL_KEY', 'ADMIN_KEY', 'SIGNING_KEY'],
      made: [],
    })
  })

  test('are completed where one is missing', async () => {
    const plan = await planSecrets(['FAL_KEY', 'SIGNING_KEY'], neverAsked)
    expect(Object.keys(plan.secrets)).toEqual(['ADMIN_KEY'])
  })

  test('are read from the list of wrangler', () => {
    const stdout = JSON.stringify([{ name: 'FAL_KEY', type: 'secret_text' }])
    expect(readSecretList({ exitCode: 0, stdout, stderr: '▲ [WARNING] old' })).toEqual(['FAL_KEY'])
  })

  test('are none where there is no Worker yet', () => {
    const stderr = 'This Worker does not exist on your account. [code: 10007]'
    expect(readSecretList({ exitCode: 1, stdout: '', stderr })).toEqual([])
  })

  test('are not taken for none when the list cannot be had', () => {
    const stderr = 'Authentication error [code: 10000]'
    expect(() => readSecretList({ exitCode: 1, stdout: '', stderr })).toThrow('code: 10000')
  })
})

describe('the check of a deployment', () => {
  const serve = async (health: readonly { status: number; webhooks?: string }[]) => {
    const asked: string[] = []
    let looks = 0
    const server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization ?? ''}`.trim())
      const { status, webhooks } =
        request.url === '/healthz' ? (health[looks++] ?? { status: 500 }) : { status: 200 }
      response.writeHead(status).end(JSON.stringify({ status: 'ok', webhooks }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    return {
      url: `http://127.0.0.1:${port}`,
      asked,
      [Symbol.dispose]: () => {
        server.closeAllConnections()
        server.close()
      },
    }
  }
  const signal = new AbortController().signal

  test('waits until it answers, then makes one call as its admin', async () => {
    using gateway = await serve([
      { status: 404 },
      { status: 200, webhooks: 'off' },
      { status: 200, webhooks: 'on' },
    ])
    const { url, asked } = gateway
    expect(await checkDeployment({ url, adminKey: 'a', signal, retryMs: 1 })).toBe('on')
    expect(asked).toEqual(['/healthz', '/healthz', '/v1/models Bearer a', '/healthz'])
  })

  test('says what it saw when it never answers', async () => {
    using gateway = await serve([])
    const check = { url: gateway.url, adminKey: 'a', signal, retryMs: 1, maxMs: 20 }
    await expect(checkDeployment(check)).rejects.toThrow(/does not answer: 500/)
  })
})

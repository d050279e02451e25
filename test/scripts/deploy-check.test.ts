import { describe, expect, test } from 'vitest'
import { checkDeployment } from '../../scripts/deploy-check.ts'

describe('the check of a deployment', () => {
  /** Asks a gateway whose `/healthz` answers in turn, on a clock that only waiting moves. */
  const check = async (health: readonly Response[], models = new Response()) => {
    const answers = [...health]
    const asked: string[] = []
    const unanswered: string[] = []
    let nowMs = 0
    const result = checkDeployment(
      {
        url: 'https://gateway.test',
        adminKey: 'the-key',
        signal: new AbortController().signal,
        onUnanswered: (seen) => unanswered.push(seen),
      },
      {
        fetch: async (url, { headers }) => {
          asked.push(`${new URL(url).pathname} ${new Headers(headers).get('authorization')}`)
          if (!url.endsWith('/healthz')) return models
          return answers.shift() ?? new Response('', { status: 502 })
        },
        nowMs: () => nowMs,
        wait: async (ms) => {
          nowMs += ms
        },
      },
    )
    return { result: await result, asked, unanswered, waitedMs: nowMs }
  }
  const healthy = (webhooks: 'on' | 'off') => Response.json({ status: 'ok', webhooks })

  test('waits until it answers, then makes one call as its admin', async () => {
    const first = new Response('error code: 1042', { status: 404 })
    const { result, asked, unanswered } = await check([first, healthy('off'), healthy('on')])
    expect(result).toBe('on')
    const looks = ['/healthz null', '/healthz null', '/v1/models Bearer the-key', '/healthz null']
    expect(asked).toEqual(looks)
    expect(unanswered).toEqual(['404 error code: 1042'])
  })

  test('ends without an answer after ten minutes, and says once what it saw', async () => {
    const { result, unanswered, waitedMs } = await check([])
    expect([result, unanswered, waitedMs]).toEqual([undefined, ['502'], 600_000])
  })

  test('does not go on with an admin key that is refused', async () => {
    const refused = new Response('wrong', { status: 401 })
    const refusal = 'the gateway refused its admin key: wrong'
    await expect(check([healthy('off')], refused)).rejects.toThrow(refusal)
  })
})

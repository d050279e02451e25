/** A gateway caller that never gives up: after a lost answer it sends again with the same key. */
import type { GenerationEvent } from '../../src/contract/events.ts'
import type { Generation } from '../../src/contract/generation.ts'
import type { UsageView } from '../../src/contract/usage.ts'
import { ADMIN_KEY, sleep } from './gateway.ts'
import type { Told } from './judge.ts'

const PATIENCE_MS = 20_000
const TRY_AGAIN_MS = 250

interface Answer<Body> {
  readonly status: number
  readonly body: Body
}

export const tagOf = (prompt: unknown): string =>
  /^[a-z]+-\d+-/.exec(typeof prompt === 'string' ? prompt : '')?.[0] ?? ''

export const createCaller = (url: string) => {
  /**
   * Sends until the gateway itself answers, which a dying process never does.
   *
   * @param asked the body of a POST; absent for a GET
   */
  const send = async <Body>(path: string, asked?: object, headers = {}): Promise<Answer<Body>> => {
    const common = { authorization: `Bearer ${ADMIN_KEY}`, accept: 'application/json' }
    const sent = { 'content-type': 'application/json', ...headers }
    for (;;) {
      const response = await fetch(url + path, {
        headers: { ...common, ...(asked && sent) },
        ...(asked && { method: 'POST', body: JSON.stringify(asked) }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      }).catch(() => undefined)
      const isOurs = response?.headers.get('content-type')?.includes('json') === true
      const body = isOurs ? await response.json().catch(() => undefined) : undefined
      if (response !== undefined && body !== undefined && response.status !== 500) {
        return { status: response.status, body: body as Body }
      }
      await sleep(TRY_AGAIN_MS)
    }
  }

  return {
    /** Requests a video; returns the generation's id, even if fal refused it. */
    create: async (prompt: string, key: string): Promise<string> => {
      const { status, body } = await send<{ id?: string; generation_id?: string }>(
        '/v1/generations',
        { prompt },
        { 'idempotency-key': key },
      )
      const id = body.generation_id ?? body.id
      if (id === undefined) throw new Error(`no generation: ${status} ${JSON.stringify(body)}`)
      return id
    },
    cancel: (id: string) => send<unknown>(`/v1/generations/${id}/cancel`, {}),
    read: (id: string) => send<unknown>(`/v1/generations/${id}`),
    /** A person's verdict on whether it was charged; false if the gateway does not accept one. */
    resolve: async (id: string, charged: boolean): Promise<boolean> =>
      (await send<unknown>(`/v1/generations/${id}/resolve`, { charged })).status === 200,
    /** What was spent between two days, inclusive. */
    usage: async (from: string, to: string): Promise<UsageView> =>
      (await send<UsageView>(`/v1/usage?from=${from}&to=${to}`)).body,
    isFalAway: async (): Promise<boolean> =>
      (await send<UsageView>('/v1/usage')).body.provider.status === 'unavailable',
    /** Every generation, without a request to fal. */
    list: async (): Promise<Generation[]> => {
      const all: Generation[] = []
      for (let cursor = ''; ;) {
        const { body } = await send<{ data: Generation[]; next_cursor: string | null }>(
          `/v1/generations?limit=100${cursor}`,
        )
        all.push(...body.data)
        if (body.next_cursor === null) return all
        cursor = `&cursor=${body.next_cursor}`
      }
    },
    /** Everything that a caller can know about a finished generation. */
    tell: async (generation: Generation): Promise<Told> => {
      const path = `/v1/generations/${generation.id}/events`
      const { body } = await send<{ data: GenerationEvent[] }>(path)
      return {
        tag: tagOf(generation.input.prompt),
        id: generation.id,
        status: generation.status,
        code: generation.error?.code ?? null,
        cost: generation.cost.state,
        hasVideo:
          generation.status === 'completed' ||
          generation.error?.late_video !== undefined ||
          generation.late_results.some(({ video }) => video !== null),
        falRequestId: generation.fal_request_id,
        events: body.data.map(({ id, type }) => ({ id, type })),
      }
    },
  }
}

/**
 * A bare Durable Object: a row, the call to fal, the row again, the write to KV. `?guarded` first
 * checks the limit that the gateway checks for every key, and rejects a request id that KV has.
 */
import { DurableObject } from 'cloudflare:workers'

interface Env {
  readonly FAL_QUEUE_URL: string
  readonly FAL_KEY: string
  readonly WEBHOOK_URL: string
  readonly REQUESTS: KVNamespace
  readonly KEY_LIMIT: RateLimit
  readonly JOBS: DurableObjectNamespace<Jobs>
}

export class Jobs extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, input TEXT, status TEXT, request_id TEXT)',
    )
  }

  async submit(
    input: unknown,
    isGuarded: boolean,
  ): Promise<{ id: string; request_id: string; status: string }> {
    const id = crypto.randomUUID()
    const body = JSON.stringify(input)
    this.#sql.exec('INSERT INTO jobs (id, input, status) VALUES (?, ?, ?)', id, body, 'submitting')
    const url = new URL(`${this.env.FAL_QUEUE_URL}/fal-ai/pika/v2.2/text-to-video`)
    url.searchParams.set('fal_webhook', this.env.WEBHOOK_URL)
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Key ${this.env.FAL_KEY}`, 'content-type': 'application/json' },
      body,
    })
    const { request_id } = await answer.json<{ request_id: string }>()
    this.#sql.exec(
      'UPDATE jobs SET status = ?, request_id = ? WHERE id = ?',
      'queued',
      request_id,
      id,
    )
    const key = `request:${request_id}`
    if (isGuarded && (await this.env.REQUESTS.get(key, { cacheTtl: 30 })) !== null) {
      throw new Error('it has another owner')
    }
    await this.env.REQUESTS.put(key, JSON.stringify({ id, status: 'queued' }))
    return { id, request_id, status: 'queued' }
  }
}

export default {
  async fetch(request, env) {
    const isGuarded = new URL(request.url).search === '?guarded'
    if (isGuarded && !(await env.KEY_LIMIT.limit({ key: 'default' })).success) {
      return new Response(null, { status: 429 })
    }
    const job = await env.JOBS.getByName('default').submit(await request.json(), isGuarded)
    return Response.json(job, { status: 202 })
  },
} satisfies ExportedHandler<Env>

/** A stand-in for Cloudflare: the API that a deployment needs, and the deployed gateway. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { listen } from '../shared/listen.ts'

const TOKEN = 'the-right-token'
const NAME = 'pika-edge'
const ACCOUNT_ID = 'b0'.repeat(16)

export interface Binding {
  readonly name: string
  readonly type: string
  readonly text?: string
  readonly namespace_id?: string
}

/** What wrangler sends besides the code. */
interface Upload {
  readonly bindings: readonly Binding[]
  readonly keep_bindings: readonly string[]
  readonly code_update_strategy?: unknown
}

const newAccount = () => ({
  /** Its workers.dev subdomain; null if the account has none. */
  subdomain: 'studio' as string | null,
  /** The Worker's bindings; null if there is no Worker. */
  bindings: null as readonly Binding[] | null,
  /** The names of its R2 buckets; null if the account has no R2. */
  buckets: [] as string[] | null,
  /** The titles of its KV namespaces, by id. */
  namespaces: new Map<string, string>(),
  uploads: [] as Upload[],
  /** Whether the admin has called the gateway, so that it knows its address. */
  isAddressKnown: false,
  /** Unknown requests, and connections to other hosts. */
  unexpected: [] as string[],
})
type Account = ReturnType<typeof newAccount>

export type Cloudflare = Awaited<ReturnType<typeof startCloudflare>>

/** A test may change its state before a deployment. `env` directs a script here. */
export const startCloudflare = async () => {
  const account = newAccount()
  const server = createServer((request, response) => void answer(account, request, response))
  // It is also the proxy, so that no request leaves this machine unseen.
  server.on('connect', (request, socket) => {
    account.unexpected.push(`CONNECT ${request.url}`)
    socket.destroy()
  })
  const url = await listen(server)
  const env = {
    CLOUDFLARE_API_BASE_URL: url,
    CLOUDFLARE_API_TOKEN: TOKEN,
    CLOUDFLARE_ACCOUNT_ID: ACCOUNT_ID,
    HTTPS_PROXY: url,
    HTTP_PROXY: url,
    NO_PROXY: '127.0.0.1',
    GATEWAY_URL: `${url}/gateway`,
  }
  const dispose = () => {
    server.closeAllConnections()
    server.close()
  }
  return Object.assign(account, { env, [Symbol.dispose]: dispose })
}

/** An answer that refuses. */
class Refusal {
  readonly status: number
  readonly errors: readonly { readonly code: number; readonly message: string }[]
  constructor(status: number, code: number, message: string) {
    this.status = status
    this.errors = [{ code, message }]
  }
}

const answer = async (
  account: Account,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const path = (request.url ?? '').replace(/\?.*/, '').replace(`/accounts/${ACCOUNT_ID}`, '')
  const { authorization, 'content-type': type = '' } = request.headers
  const sent = new Response(await buffer(request), { headers: { 'content-type': type } })
  const reply = (status: number, body: unknown): unknown =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  if (path.startsWith('/gateway/')) return void reply(...askGateway(account, path, authorization))
  const key = `${request.method} ${path.replaceAll(NAME, ':name')}`
  const isKnown = authorization === `Bearer ${TOKEN}`
  const result = isKnown ? await resultOf(account, key, sent) : refuseToken(key)
  if (result instanceof Refusal) {
    const { status, errors } = result
    return void reply(status, { success: false, errors, messages: [], result: null })
  }
  reply(200, { success: true, errors: [], messages: [], result })
}

/** The deployed gateway. */
const askGateway = (
  account: Account,
  path: string,
  authorization: string | undefined,
): [status: number, body: unknown] => {
  const adminKey = account.bindings?.find(({ name }) => name === 'ADMIN_KEY')?.text
  if (path.endsWith('/healthz')) {
    return [200, { status: 'ok', webhooks: account.isAddressKnown ? 'on' : 'off' }]
  }
  if (authorization !== `Bearer ${adminKey}`) return [401, {}]
  account.isAddressKnown = true
  return [200, {}]
}

const refuseToken = (key: string): Refusal => {
  if (key === 'GET /user/tokens/verify') return new Refusal(401, 1000, 'Invalid API Token')
  return /^GET \/(user|accounts|memberships)$/.test(key)
    ? new Refusal(403, 9109, 'Invalid access token')
    : new Refusal(403, 10_000, 'Authentication error')
}

const VERSION = '11111111-1111-4111-8111-111111111111'
const SCRIPT = '/workers/scripts/:name'
const ENVIRONMENT = '/workers/services/:name/environments/production'

/** Answers that do not depend on what is deployed. */
const FIXED: Readonly<Record<string, unknown>> = {
  [`GET ${SCRIPT}/deployments`]: {
    deployments: [{ id: 'one', versions: [{ version_id: VERSION, percentage: 100 }] }],
  },
  'GET /workers/services/:name': {
    default_environment: {
      environment: 'production',
      script: { tag: 'a-tag', tags: [], last_deployed_from: 'dash' },
    },
  },
  [`GET ${ENVIRONMENT}`]: { script: { compatibility_date: '2026-10-23', compatibility_flags: [] } },
  [`GET ${ENVIRONMENT}/routes`]: [],
  'GET /workers/domains/records': [],
  [`GET ${ENVIRONMENT}/subdomain`]: { enabled: true, previews_enabled: false },
  [`POST ${SCRIPT}/subdomain`]: { enabled: true, previews_enabled: false },
  'GET /workers/workers/:name': { subdomain: { enabled: true, previews_enabled: false } },
  [`GET ${SCRIPT}/schedules`]: { schedules: [] },
  [`PUT ${SCRIPT}/schedules`]: { schedules: [] },
  [`POST ${SCRIPT}/assets-upload-session`]: { jwt: 'nothing new', buckets: [] },
  [`PATCH ${SCRIPT}/script-settings`]: {},
}

const resultOf = async (account: Account, key: string, sent: Response): Promise<unknown> => {
  const { bindings, buckets } = account
  if (key === `PUT ${SCRIPT}`) return upload(account, sent)
  if (bindings === null && key.startsWith('GET') && key.includes(':name')) {
    return new Refusal(404, 10_007, 'This Worker does not exist on your account.')
  }
  if (buckets === null && key.includes('/r2/')) {
    return new Refusal(403, 10_042, 'Please enable R2 through the Dashboard.')
  }
  switch (key) {
    case 'GET /workers/subdomain':
      return account.subdomain === null
        ? new Refusal(404, 10_007, 'You need a workers.dev subdomain.')
        : { subdomain: account.subdomain }
    case 'GET /storage/kv/namespaces':
      return [...account.namespaces].map(([id, title]) => ({ id, title }))
    case 'POST /storage/kv/namespaces': {
      const { title } = (await sent.json()) as { title: string }
      if ([...account.namespaces.values()].includes(title)) {
        return new Refusal(400, 10_014, 'a namespace with this title already exists')
      }
      account.namespaces.set(`id of ${title}`, title)
      return { id: `id of ${title}`, title }
    }
    case 'GET /r2/buckets':
      return { buckets: buckets?.map((name) => ({ name })) }
    case 'GET /r2/buckets/:name-videos':
      return buckets?.includes(`${NAME}-videos`) === true
        ? { name: `${NAME}-videos` }
        : new Refusal(404, 10_006, 'The specified bucket does not exist.')
    case 'POST /r2/buckets': {
      const { name } = (await sent.json()) as { name: string }
      buckets?.push(name)
      return { name }
    }
    case `GET ${SCRIPT}/versions/${VERSION}`:
      return { id: VERSION, metadata: {}, resources: { bindings, script: {}, script_runtime: {} } }
    case `GET ${SCRIPT}/secrets`:
      return bindings
        ?.filter(({ type }) => type === 'secret_text')
        .map(({ name, type }) => ({ name, type }))
    case `GET ${SCRIPT}/settings`:
      return { bindings }
    case `GET ${ENVIRONMENT}/bindings`:
      return bindings
    default:
      if (FIXED[key] !== undefined) return FIXED[key]
      account.unexpected.push(key)
      return new Refusal(404, 7003, `${key} is not known here`)
  }
}

/** An upload replaces the bindings, except those that it says to keep. */
const upload = async (account: Account, sent: Response): Promise<unknown> => {
  const part = (await sent.formData()).get('metadata')
  const metadata: Upload = JSON.parse(typeof part === 'string' ? part : '')
  const before = account.bindings ?? []
  const kept = before.filter(({ type }) => metadata.keep_bindings.includes(type))
  const after = new Map(kept.map((binding) => [binding.name, binding]))
  for (const binding of metadata.bindings) {
    const inherited = before.find(({ name }) => name === binding.name)
    const whole = binding.type === 'inherit' ? inherited : binding
    if (whole === undefined)
      return new Refusal(400, 10_056, `${binding.name} has nothing to inherit`)
    after.set(binding.name, whole)
  }
  account.uploads.push(metadata)
  account.bindings = [...after.values()]
  return { id: NAME, etag: 'e', deployment_id: '0'.repeat(32), startup_time_ms: 1 }
}

/** The Worker: wires the rooms together from its environment, which no other file sees. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import { AccountObject, type AccountWorld } from './account/account.ts'
import { DIRECTORY_NAME, DirectoryObject } from './worker/directory.ts'
import { type Cached, createGateway } from './worker/gateway.ts'
import { KeyMemory } from './worker/key-holder.ts'
import type { OutboxWrite } from './account/outbox.ts'
import { createFalMedia } from './adapters/fal-media.ts'
import { createFalPlatform } from './adapters/fal-platform.ts'
import { createFalQueue } from './adapters/fal-queue.ts'
import { createWebhookVerifier } from './adapters/fal-webhook.ts'
import { logError } from './adapters/log.ts'
import { createMacs, sameText, sha256 } from './adapters/mac.ts'
import { putEntry, readRequestOwner } from './adapters/requests-kv.ts'
import { sendWebhook } from './adapters/standard-webhooks.ts'
import { type Copied, copyVideo } from './adapters/video-archive.ts'
import { createApp } from './app.ts'
import { ARCHIVE_CLAIM_MS, MAX_ARCHIVED_BYTES } from './domain/generation/archive.ts'
import { permitMessage } from './domain/generation/permit.ts'
import type { Troubles } from './domain/trouble.ts'
import type { Answer, Message } from './domain/webhook/delivery.ts'
import { reachable } from './worker/reachable.ts'
import { createVideos } from './worker/videos.ts'
import { readSettings } from './worker/settings.ts'

export type { AppType } from './app.ts'

/** The bindings; the archive only if the operator wants one. */
type Bindings = Env & { readonly VIDEOS?: R2Bucket }

/** A copy ends before its claim does. */
const MAX_COPY_MS = ARCHIVE_CLAIM_MS - 60_000

/** The Free plan allows 50 subrequests. The Directory takes two; the rest is a margin. */
const MAX_ACCOUNTS_PER_TICK = 40

const directoryOf = (env: Bindings) => env.DIRECTORY.getByName(DIRECTORY_NAME)

const deliverWith = (env: Bindings) => async (write: OutboxWrite) => {
  switch (write.kind) {
    case 'kv_put':
      return putEntry(env.REQUESTS, write.key, write.value)
    case 'kv_delete':
      return env.REQUESTS.delete(write.key)
    case 'video_delete':
      return env.VIDEOS?.delete(write.key.replace(/^video(-late)?:/, ''))
    case 'busy':
      return directoryOf(env).setBusy(write.key.replace(/^account:/, ''), write.value === 'yes')
    case 'troubles':
      return directoryOf(env).setTroubles(write.key.replace(/^troubles:/, ''), write.value)
  }
}

/** Built once for an environment. */
const build = (env: Bindings) => {
  const settings = readSettings(env)
  let adminHash: string | undefined
  return {
    settings,
    media: createFalMedia(settings.mediaHosts),
    macs: createMacs(env.SIGNING_KEY, settings.previousSigningKeys),
    verifier: createWebhookVerifier(settings.jwksUrl, (input, init) => fetch(input, init)),
    // Hashes, so that nothing shows where, or by how much, a guess differs from the key.
    isAdminKey: async (hash: string) => sameText(hash, (adminHash ??= await sha256(env.ADMIN_KEY))),
  }
}

/**
 * These outlive a request, on purpose: what is built from the environment, with fal's public keys (a
 * day), the API keys of callers, our public origin (a minute) and what is wrong. Losing any of them
 * costs one more call or read.
 */
const keptByEnv = new WeakMap<Bindings, ReturnType<typeof build>>()
const keyMemory = new KeyMemory()
const origin: Cached<string | null> = { value: null, readAtMs: 0 }
const troubles: Cached<Troubles> = { value: {}, readAtMs: 0 }

const keptOf = (env: Bindings) => {
  const kept = keptByEnv.get(env) ?? build(env)
  keptByEnv.set(env, kept)
  return kept
}

/** Copies videos, so that an account's object holds no connection for it. */
export class VideoCopier extends WorkerEntrypoint<Bindings> {
  async copy(name: string, sourceUrl: string): Promise<Copied> {
    const { VIDEOS } = this.env
    if (!VIDEOS) return { type: 'failed', reason: 'there is no archive', isFinal: false }
    const signal = AbortSignal.timeout(MAX_COPY_MS)
    const options = { name, sourceUrl, maxBytes: MAX_ARCHIVED_BYTES, signal }
    return copyVideo(VIDEOS, keptOf(this.env).media, options)
  }
}

const worldOf = (env: Bindings, ctx: DurableObjectState): AccountWorld => {
  const { settings, macs } = keptOf(env)
  // Secrets stay here: what an account is given may end up in what it stores.
  const { apiUrl, billingKey, previousSigningKeys: _previous, ...policy } = settings
  return {
    ...policy,
    fal: createFalQueue({ queueUrl: settings.queueUrl, credentials: env.FAL_KEY }),
    history: createFalPlatform(apiUrl, env.FAL_KEY).history,
    bills: billingKey === null ? null : createFalPlatform(apiUrl, billingKey).bills,
    ownerOf: async (id) => (await readRequestOwner(env.REQUESTS, id))?.generation_id ?? null,
    deliver: deliverWith(env),
    copyVideo: env.VIDEOS
      ? async (name, sourceUrl) => ctx.exports.VideoCopier.copy(name, sourceUrl)
      : null,
    videoSig: (accountId, generationId) =>
      macs.sign('video', accountId, permitMessage(generationId, null)),
    webhookUrl: async (origin, accountId, generationId) => {
      const mac = await macs.sign('callback', accountId, generationId)
      return `${origin}/callbacks/fal/${accountId}/${generationId}/${mac}`
    },
    sendWebhook: (message) => ctx.exports.WebhookSender.send(message),
    // A scheduled run must not fail because the operator forgot a setting.
    accepts: settings.accepts && settings.misconfigured === null,
  }
}

/** One account's object, in its own SQLite. */
export class Account extends AccountObject {
  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env, worldOf(env, ctx))
  }
}

/** Holds the connections of outgoing webhooks, since an object may have only six. */
export class WebhookSender extends WorkerEntrypoint<Bindings> {
  async send(message: Message): Promise<Answer> {
    const { publicOrigin } = keptOf(this.env).settings
    return sendWebhook(message, publicOrigin === null ? [] : [publicOrigin])
  }
}

/** The one object that knows which accounts have work. */
export class Directory extends DirectoryObject {}

const app = createApp((c) => {
  const env = c.env as Bindings
  const { settings, media, ...kept } = keptOf(env)
  const { misconfigured, prices, corsOrigins, publicOrigin } = settings
  return createGateway({
    ...kept,
    publicOrigin,
    given: {
      misconfigured,
      prices,
      corsOrigins,
      showPage: settings.playground ? (request) => env.ASSETS.fetch(request) : null,
      queueOrigin: new URL(settings.queueUrl).origin,
      mayCall: async (key) => (await env.KEY_LIMIT.limit({ key })).success,
      ...createVideos(env.VIDEOS ?? null, media),
    },
    kv: env.REQUESTS,
    account: (id) => reachable(env.ACCOUNTS.getByName(id)),
    directory: () => directoryOf(env),
    origin,
    troubles,
    keyMemory,
    mayGuess: async (key) => (await env.ADDRESS_LIMIT.limit({ key })).success,
    afterwards: (work) => c.executionCtx.waitUntil(work),
  })
})

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  /** The second clock: calls the busy accounts, even if their own alarms are lost. */
  scheduled: async ({ scheduledTime }, env) => {
    const directory = directoryOf(env)
    const busy = await directory.takeBusy(scheduledTime, MAX_ACCOUNTS_PER_TICK)
    const origin = keptOf(env).settings.publicOrigin ?? (await directory.publicOrigin())
    await Promise.all(
      busy.map((id) =>
        env.ACCOUNTS.getByName(id)
          .runDue(scheduledTime, origin)
          .catch((error: unknown) => logError('run_due_failed', error, { account_id: id })),
      ),
    )
  },
} satisfies ExportedHandler<Env>

/** A video provider for the AI SDK. Experimental, like the SDK's own video function. */
import type {
  Experimental_VideoModelV4 as VideoModelV4,
  Experimental_VideoModelV4CallOptions as CallOptions,
  Experimental_VideoModelV4VideoData as VideoData,
} from '@ai-sdk/provider'
import {
  createPikaClient,
  type Fetch,
  type Generation,
  type GenerationRequest,
  PikaError,
} from '../client/index.ts'

/** Which gateway to call, and with which key. */
export interface PikaEdgeOptions {
  /** The gateway's URL, such as `https://pika-edge.example.workers.dev`. */
  readonly baseURL: string
  readonly apiKey: string
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch | undefined
}

/** The gateway as a provider of the AI SDK. */
export interface PikaEdge {
  /** A model for `experimental_generateVideo` and `experimental_startVideo`. */
  readonly video: (modelId: 'pika/v2.2') => VideoModelV4
}

/**
 * Makes a provider. A video is paid for once, however often the request is sent: the SDK's own
 * `idempotency-key`, or the one in `headers`, goes to the gateway with every try. A refusal by
 * the gateway is thrown as a `PikaError`, which is an `APICallError` to the SDK.
 *
 * @example
 * const pika = createPikaEdge({ baseURL: 'http://127.0.0.1:8787', apiKey: 'pika_…' })
 * const { video } = await experimental_generateVideo({
 *   model: pika.video('pika/v2.2'),
 *   prompt: 'Sunlight on a slow river',
 * })
 */
export const createPikaEdge = (options: PikaEdgeOptions): PikaEdge => ({
  video: (modelId) => {
    if (modelId !== 'pika/v2.2') throw new TypeError(`there is no video model ${String(modelId)}`)
    return createModel(modelId, options)
  },
})

const createModel = (modelId: string, options: PikaEdgeOptions): VideoModelV4 => {
  const { baseURL, apiKey, fetch: send = (url, init) => fetch(url, init) } = options
  /** A client for one call, which keeps the headers of its last answer. */
  const open = (given: CallOptions['headers']) => {
    let headers: Record<string, string> = {}
    const client = createPikaClient({
      baseUrl: baseURL,
      apiKey,
      fetch: async (url, init) => {
        const sent = new Headers(init.headers)
        // Adds the caller's headers; ours win, the idempotency key among them.
        for (const [name, value = ''] of Object.entries(given ?? {})) {
          if (value !== '' && !sent.has(name)) sent.set(name, value)
        }
        const response = await send(url, { ...init, headers: sent })
        headers = Object.fromEntries(response.headers)
        return response
      },
    })
    const answered = () => ({ timestamp: new Date(), modelId, headers })
    return { client, answered, requestId: () => headers['x-request-id'] ?? null }
  }
  return {
    specificationVersion: 'v4',
    provider: 'pika-edge',
    modelId,
    maxVideosPerCall: 1,
    // There is no doGenerate, since the SDK would repeat it without an idempotency key.
    doStart: async (asked) => {
      const { input, warnings } = readOptions(asked)
      const { client, answered, requestId } = open(asked.headers)
      const made = await client
        .create(input, { idempotencyKey: keyIn(asked.headers), signal: asked.abortSignal })
        .catch(refuse(baseURL, input))
      const providerMetadata = { pikaEdge: factsOf(made, requestId()) }
      return { operation: { id: made.id }, warnings, providerMetadata, response: answered() }
    },
    doStatus: async ({ operation, headers, abortSignal }) => {
      const { client, answered, requestId } = open(headers)
      const generation = await client
        .get(idIn(operation), { signal: abortSignal })
        .catch(refuse(baseURL, operation))
      const facts = factsOf(generation, requestId())
      const response = answered()
      if (generation.status === 'completed') {
        const videos = [await videoOf(generation.video, baseURL, send, abortSignal)]
        const providerMetadata = { pikaEdge: { ...facts, videos: [facts] } }
        return { status: 'completed', videos, warnings: [], providerMetadata, response }
      }
      const told = { providerMetadata: { pikaEdge: facts }, response }
      if (generation.finished_at === null) return { ...told, status: 'pending' }
      return { ...told, status: 'error', error: wordsOf(generation) }
    },
  }
}

/** The gateway's request, and a warning for each option that the model does not support. */
const readOptions = (asked: CallOptions & { webhookUrl?: string }) => {
  const { negativePrompt, ...others } = asked.providerOptions['pikaEdge'] ?? {}
  const [width = 0, height = 0] = asked.resolution?.split('x').map(Number) ?? []
  const shorter = Math.min(width, height)
  const shape = asked.resolution === undefined ? undefined : ratioOf(width, height)
  const wanted = asked.aspectRatio === 'adaptive' ? undefined : asked.aspectRatio
  const given = {
    prompt: asked.prompt,
    negative_prompt: negativePrompt,
    seed: asked.seed,
    aspect_ratio: wanted ?? shape,
    // An unknown size is sent as it is: the gateway rejects it, and says which it has.
    resolution: shorter === 720 || shorter === 1080 ? `${shorter}p` : asked.resolution,
    duration: asked.duration,
    ...others,
  }
  const unsupported: Record<string, boolean> = {
    image: asked.image !== undefined,
    frameImages: asked.frameImages !== undefined,
    inputReferences: asked.inputReferences !== undefined,
    generateAudio: asked.generateAudio === true,
    fps: asked.fps !== undefined,
    webhookUrl: asked.webhookUrl !== undefined,
    'aspectRatio: adaptive': asked.aspectRatio === 'adaptive',
    'resolution of another aspectRatio': (wanted ?? shape) !== shape && shape !== undefined,
  }
  const warnings = Object.entries(unsupported).flatMap(([feature, isAsked]) =>
    isAsked ? [{ type: 'unsupported' as const, feature, details: 'Pika 2.2 ignores it' }] : [],
  )
  // As it is sent: unchecked, and without undefined fields. The gateway rejects wrong ones by name.
  const input: GenerationRequest = JSON.parse(JSON.stringify(given))
  return { input, warnings }
}

const ratioOf = (width: number, height: number): string => {
  const divisor = (a: number, b: number): number => (b > 0 ? divisor(b, a % b) : a)
  const by = divisor(width, height)
  return `${width / by}:${height / by}`
}

const keyIn = (headers: CallOptions['headers']): string | undefined =>
  Object.entries(headers ?? {}).find(([name]) => /^idempotency-key$/i.test(name))?.[1]

const idIn = (operation: unknown): string => {
  const { id } = Object(operation) as { id?: unknown }
  if (typeof id !== 'string') throw new TypeError('the operation was not started by pika-edge')
  return id
}

const factsOf = (generation: Generation, requestId: string | null) => ({
  id: generation.id,
  status: generation.status,
  cost: { ...generation.cost },
  seed: generation.input.seed ?? null,
  fal_request_id: generation.fal_request_id,
  request_id: requestId,
})

/** The SDK keeps only the text of an error, so the text holds all that is known. */
const wordsOf = ({ id, status, error, cost }: Generation): string =>
  `${error?.code ?? status}: ${error?.message ?? 'the generation was canceled'} (${id}, cost ${cost.state})`

/** A URL, or the bytes of a local video, since the SDK loads nothing from this machine. */
const videoOf = async (
  { url, content_type }: { url: string; content_type: string | null },
  baseURL: string,
  send: Fetch,
  signal: AbortSignal | undefined,
): Promise<VideoData> => {
  const mediaType = content_type ?? 'video/mp4'
  const local = /^(localhost|127(\.\d+){3}|\[::1\])$/
  const isLocal = [url, baseURL].every((one) => local.test(new URL(one).hostname))
  if (!isLocal) return { type: 'url', url, mediaType }
  const response = await send(url, signal === undefined ? {} : { signal })
  if (!response.ok) throw new PikaError('network', `${response.status} from ${url}`)
  return { type: 'binary', data: new Uint8Array(await response.arrayBuffer()), mediaType }
}

/** The SDK recognises its errors by these symbols, so its code is not needed here. */
const refuse = (url: string, requestBodyValues: unknown) => (error: unknown) => {
  if (!(error instanceof PikaError)) throw error
  const { problem, status = 503 } = error
  // A refused generation stays refused under its idempotency key.
  const canRetry = problem?.retryable === true && problem.generation_id === undefined
  throw Object.assign(error, {
    [Symbol.for('vercel.ai.error')]: true,
    [Symbol.for('vercel.ai.error.AI_APICallError')]: true,
    url,
    requestBodyValues,
    statusCode: error.status,
    responseBody: problem === undefined ? undefined : JSON.stringify(problem),
    isRetryable: problem === undefined ? status >= 500 : canRetry,
    data: problem,
  })
}

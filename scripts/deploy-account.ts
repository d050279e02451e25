/** What Cloudflare's account already has of this gateway. */
import { startWrangler, waitForExit } from './wrangler.ts'
import { reportOf, type WranglerFailure } from './wrangler-report.ts'

/** Cloudflare's error codes for a missing Worker and for a name that is taken. */
const NO_WORKER: readonly (number | undefined)[] = [10_007, 10_090]
const NAMESPACE_EXISTS = 10_014
const R2_IS_OFF = 10_042

/** Whether the Worker exists, or why that is unknown. */
export const lookForWorker = async (): Promise<boolean | WranglerFailure> => {
  // Not `secret list`: wrangler reports no code there if the Worker is missing.
  const { failure } = await reportOf(['deployments', 'list', '--json'])
  if (failure === undefined) return true
  return NO_WORKER.includes(failure.code) ? false : failure
}

/** What an existing Worker has, and a deployment keeps. */
export interface Deployed {
  /** The names of its secrets. */
  readonly secrets: readonly string[]
  readonly hasArchive: boolean
}

/** Undefined if there is no Worker yet. */
export const readDeployed = async (signal: AbortSignal): Promise<Deployed | undefined> => {
  const first = await lookForWorker()
  const isWorthAnotherLook = typeof first === 'object' && (await loggedInJustNow(signal))
  const isThere = isWorthAnotherLook ? await lookForWorker() : first
  if (typeof isThere === 'object') throw new Error(refusal(isThere))
  if (!isThere) return undefined
  const list: { name: string }[] = await answerOf('secret', 'list', '--format', 'json')
  return { secrets: list.map(({ name }) => name), hasArchive: await hasArchive() }
}

/** Whether the running version has the bucket: a deployment without it would remove it. */
const hasArchive = async (): Promise<boolean> => {
  const all: { versions: { version_id: string }[] }[] = await answerOf(
    'deployments',
    'list',
    '--json',
  )
  const running = all.at(-1)?.versions[0]?.version_id
  if (running === undefined) return false
  const version: { resources: { bindings: { name: string }[] } } = await answerOf(
    'versions',
    'view',
    running,
    '--json',
  )
  return version.resources.bindings.some(({ name }) => name === 'VIDEOS')
}

const answerOf = async (...args: readonly string[]) => {
  const { failure, stdout } = await reportOf(args)
  if (failure !== undefined) throw new Error(refusal(failure))
  return JSON.parse(stdout)
}

/** Makes sure that a bucket is possible, before anything is uploaded. */
export const requireR2 = async (): Promise<void> => {
  const { failure } = await reportOf(['r2', 'bucket', 'list'])
  if (failure === undefined) return
  const isOff = failure.code === R2_IS_OFF || /enable R2/i.test(failure.message)
  throw new Error(
    isOff
      ? 'this account has no R2 yet, and nothing was deployed. Enable it in the dashboard (Storage & databases > R2), or deploy without --archive.'
      : refusal(failure),
  )
}

/** Lets a person log in, if that is what is missing. */
const loggedInJustNow = async (signal: AbortSignal): Promise<boolean> => {
  const { env, stdin } = process
  if (env['CLOUDFLARE_API_TOKEN'] || env['CLOUDFLARE_API_KEY']) return false
  if ((await reportOf(['whoami', '--json'])).failure === undefined) return false
  signal.throwIfAborted()
  if (!stdin.isTTY) throw new Error('set CLOUDFLARE_API_TOKEN, or run `npx wrangler login`')
  return (await waitForExit(startWrangler(['login'], { stdio: 'inherit' }))) === 0
}

const refusal = (failure: WranglerFailure): string =>
  `Cloudflare did not say what is deployed: ${wordsOf(failure)}
Check CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID. The token template "Edit Cloudflare Workers"
has every permission that is needed: https://dash.cloudflare.com/profile/api-tokens`

/** Why an upload failed, and what to do. wrangler creates the namespace before it uploads. */
export const explainUpload = (failure: WranglerFailure, isAnythingDeployed: boolean): string =>
  [
    ...(isAnythingDeployed ? [] : ['nothing is deployed, and the keys made above are void:']),
    wordsOf(failure),
    ...(failure.code === NAMESPACE_EXISTS
      ? ['Delete the KV namespace pika-edge-requests, which an earlier deployment left behind.']
      : []),
    'Then run `npm run deploy` again.',
  ].join('\n')

const wordsOf = ({ message, code }: WranglerFailure): string =>
  code === undefined ? message : `${message} [code: ${code}]`

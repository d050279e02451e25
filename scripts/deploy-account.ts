/** What Cloudflare's account already has of this gateway. */
import { startWrangler, waitForExit } from './wrangler.ts'
import { reportOf, type WranglerFailure } from './wrangler-report.ts'

/** Cloudflare's error codes for a missing Worker and for a name that is taken. */
const NO_WORKER: readonly (number | undefined)[] = [10_007, 10_090]
const NAMESPACE_EXISTS = 10_014
const R2_IS_OFF = 10_042

/**
 * The names of the running version's bindings, secrets included: a deployment keeps them. Undefined
 * if there is no Worker yet.
 *
 * @throws if Cloudflare does not say
 */
export const readDeployed = async (): Promise<readonly string[] | undefined> => {
  // Not `secret list`: wrangler reports no code there if the Worker is missing.
  const { failure, stdout } = await reportOf(['deployments', 'list', '--json'])
  if (NO_WORKER.includes(failure?.code)) return undefined
  if (failure !== undefined) throw new Error(refusal(failure))
  const all: { versions: { version_id: string }[] }[] = JSON.parse(stdout)
  const running = all.at(-1)?.versions[0]?.version_id
  if (running === undefined) throw new Error('the Worker exists, but no version of it is deployed')
  const version = await reportOf(['versions', 'view', running, '--json'])
  if (version.failure !== undefined) throw new Error(refusal(version.failure))
  const { resources }: { resources: { bindings: { name: string }[] } } = JSON.parse(version.stdout)
  return resources.bindings.map(({ name }) => name)
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

/** Lets a person log in, if there is neither a token nor a login. */
export const logIn = async (signal: AbortSignal): Promise<void> => {
  const { env, stdin } = process
  if (env['CLOUDFLARE_API_TOKEN'] || env['CLOUDFLARE_API_KEY']) return
  if ((await reportOf(['whoami', '--json'])).failure === undefined) return
  signal.throwIfAborted()
  if (!stdin.isTTY) throw new Error('set CLOUDFLARE_API_TOKEN, or run `npx wrangler login`')
  await waitForExit(startWrangler(['login'], { stdio: 'inherit' }))
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

/** What Cloudflare's account has of this gateway already. */
import { startWrangler, waitForExit } from './wrangler.ts'
import { reportOf, type WranglerFailure } from './wrangler-report.ts'

/** What Cloudflare's API says of a Worker that is not there, and of a title that is taken. */
const NO_WORKER: readonly (number | undefined)[] = [10_007, 10_090]
const NAMESPACE_EXISTS = 10_014

/** Whether there is a Worker. A failure says nothing of that. */
export const lookForWorker = async (): Promise<boolean | WranglerFailure> => {
  // Not the list of secrets: for a Worker that is not there, wrangler reports no code then.
  const { failure } = await reportOf(['deployments', 'list', '--json'])
  if (failure === undefined) return true
  return NO_WORKER.includes(failure.code) ? false : failure
}

/** The names of the secrets that the Worker has; undefined where there is no Worker yet. */
export const readDeployedSecrets = async (
  signal: AbortSignal,
): Promise<readonly string[] | undefined> => {
  const first = await lookForWorker()
  const isWorthAnotherLook = typeof first === 'object' && (await loggedInJustNow(signal))
  const isThere = isWorthAnotherLook ? await lookForWorker() : first
  if (typeof isThere === 'object') throw new Error(refusal(isThere))
  if (!isThere) return undefined
  const { failure, stdout } = await reportOf(['secret', 'list', '--format', 'json'])
  if (failure !== undefined) throw new Error(refusal(failure))
  const list: { name: string }[] = JSON.parse(stdout)
  return list.map(({ name }) => name)
}

/** Lets a person log in, where that is what is missing. */
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

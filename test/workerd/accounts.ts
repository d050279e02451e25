/** Accounts whose environment a test has changed, called directly and not through the Worker. */
import { env } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { AccountObject } from '../../src/account/account.ts'
import { createFalQueue } from '../../src/adapters/fal-queue.ts'
import { noAnswer } from '../../src/adapters/standard-webhooks.ts'
import { modelInput } from '../../src/contract/input.ts'
import type { AdmitRequest } from '../../src/domain/account.ts'
import type { KeyRecord } from '../../src/domain/key.ts'
import { Account } from '../../src/index.ts'
import { readSettings } from '../../src/worker/settings.ts'
import { KEY } from '../domain/key-example.ts'
import { changedEnv } from './callers.ts'
import { stub } from './inside.ts'

/** A key as an account stores it. */
export const KEY_RECORD: KeyRecord = { ...KEY, accountId: 'default', scopes: ['generations:write'] }

/** Runs `work` on an account with a changed environment and the account's own storage. */
export const inAccount = <T>(
  changes: Record<string, unknown>,
  work: (account: Account, state: DurableObjectState) => Promise<T>,
): Promise<T> =>
  runInDurableObject(stub(), (_, state) => work(new Account(state, changedEnv(changes)), state))

type AccountWorld = ConstructorParameters<typeof AccountObject>[2]

/** A fal queue that accepts every submit as the request `new`. */
export const acceptingQueue = (onFetch: () => void = () => undefined) =>
  createFalQueue({
    queueUrl: readSettings(env).queueUrl,
    credentials: env.FAL_KEY,
    fetch: async () => {
      onFetch()
      return Response.json({ request_id: 'new' })
    },
  })

/** An account whose dependencies answer nothing, except those that a test supplies. */
export const aloneWith = (
  state: DurableObjectState,
  given: Partial<AccountWorld> & Pick<AccountWorld, 'fal'>,
): AccountObject =>
  new AccountObject(state, env, {
    ...readSettings(env),
    deliver: async () => undefined,
    webhookUrl: async () => 'https://gateway.test/hook',
    videoSig: async () => 'sig',
    copyVideo: null,
    history: async () => ({ type: 'no_answer' }),
    bills: null,
    ownerOf: async () => null,
    sendWebhook: async () => noAnswer('unreachable'),
    ...given,
  })

/** A request as the Worker hands it to the account; its caller waits for `patienceMs`. */
export const asked = (id: string, prompt: string, patienceMs = 10_000): AdmitRequest => ({
  id,
  accountId: 'default',
  keyId: 'admin',
  idempotency: null,
  webhookOrigin: 'https://gateway.test',
  patience: { for: 'answer', ms: patienceMs },
  input: modelInput.parse({ prompt }),
  metadata: {},
})

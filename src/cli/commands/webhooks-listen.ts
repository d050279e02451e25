/** `pika-edge webhooks listen`: forwards to this machine what a webhook would receive. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { AccountEvent } from '../../client/index.ts'
import { WEBHOOK_EVENTS } from '../../contract/webhook.ts'
import { makeSecret, SECRET_BYTES, signedHeaders } from '../../contract/webhook-signature.ts'
import { usageError } from '../exit-codes.ts'
import { EVENT } from '../options.ts'
import type { Session } from '../session.ts'
import { verb } from '../verb.ts'

const EXAMPLES = `forward the account's events to an address on this machine

It follows the account from now on, and needs no webhook there. It signs messages
like a webhook's, with --secret or a new secret that it prints. It reports failed
messages, but does not retry them.

Examples:
  $ pika-edge webhooks listen --forward-to http://localhost:3000/hook
`
const TIMEOUT_MS = 15_000

/** It polls: an open stream would keep the account's object awake, and billed, all the time. */
const POLL_SECONDS = 2

export const addListen = (webhooks: CommandUnknownOpts, session: Session): void => {
  verb(webhooks, 'listen', EXAMPLES)
    .requiredOption('--forward-to <url>', 'where to forward to')
    .option(...EVENT)
    .option('--secret <secret>', 'secret to sign with, whsec_… (default: a new one)')
    .action(async ({ forwardTo, event, secret = newSecret() }) => {
      const { pika, shell, wantsJson, print, note } = session
      if (!/^https?:/i.test(forwardTo) || !URL.canParse(forwardTo)) {
        throw usageError('--forward-to must be an http or https URL')
      }
      if (!/^whsec_[A-Za-z0-9+/]+=*$/.test(secret)) {
        throw usageError('--secret must be whsec_ followed by base64')
      }
      note(`Signed with ${secret}`)
      note(`Forwarding to ${forwardTo}; Ctrl-C ends it.`)
      const follow = { types: event ?? WEBHOOK_EVENTS, pollSeconds: POLL_SECONDS }
      for await (const told of pika.accountEvents({ ...follow, signal: shell.signal })) {
        const data = 'generation' in told ? told.generation : 'data' in told && told.data
        if (data === false) continue
        const answer = await forward(forwardTo, secret, told, data)
        print(
          wantsJson
            ? JSON.stringify({ id: told.id, type: told.type, answer })
            : `${told.created_at}  ${told.type}  ${told.generation_id ?? ''}  ${answer}`,
        )
      }
    })
}

/** Sends one message. Returns the status of its answer, or why there was none. */
const forward = async (url: string, secret: string, event: AccountEvent, data: object) => {
  const { id, type, created_at: timestamp } = event
  const body = JSON.stringify({ type, timestamp, data })
  const sentSeconds = Math.floor(Date.now() / 1000)
  const headers = await signedHeaders([secret], `msg_listen_${id}`, sentSeconds, body)
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  try {
    const init = { method: 'POST', redirect: 'manual', headers, body, signal } as const
    const response = await fetch(url, init)
    await response.body?.cancel()
    return response.status
  } catch {
    return signal.aborted ? 'timed_out' : 'unreachable'
  }
}

const newSecret = (): string => makeSecret(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))

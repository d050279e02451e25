/** `pika-edge webhooks`: URLs that receive the account's events. */
import type { AccountEvent, CreatedWebhook, Webhook, WebhookDelivery } from '../../client/index.ts'
import { WEBHOOK_EVENTS } from '../../contract/webhook.ts'
import { makeSecret, SECRET_BYTES, signedHeaders } from '../../contract/webhook-signature.ts'
import { usageError } from '../exit-codes.ts'
import { confirm } from '../questions.ts'
import { EVENT, LIMIT, YES } from '../options.ts'
import { printable } from '../shell.ts'
import { noun, type Add, verb } from '../verb.ts'
import { clockTime, factsOf } from '../words.ts'

const HELP = `URLs that receive the account's events

Messages are signed as in Standard Webhooks. A secret is shown once, when it is
made. With the id 'account', 'deliveries' and 'resend' cover the messages to any
webhook_url.

Examples:
  $ pika-edge webhooks create https://example.com/hooks/pika --event generation.completed
  $ pika-edge webhooks test wh_…
  $ pika-edge webhooks deliveries wh_…
  $ pika-edge webhooks listen --forward-to http://localhost:3000/hook`

const LISTEN = `forward the account's events to an address on this machine

It follows the account from now on, and needs no webhook there. It signs messages
like a webhook's, with --secret or a new secret that it prints. It reports failed
messages, but does not retry them.

Examples:
  $ pika-edge webhooks listen --forward-to http://localhost:3000/hook`
const TIMEOUT_MS = 15_000

/** It polls: an open stream would keep the account's object awake, and billed, all the time. */
const POLL_SECONDS = 2

export const addWebhooks: Add = (program, session) => {
  const webhooks = noun(program, 'webhooks', HELP)
  const showSecret = (made: CreatedWebhook) =>
    session.showSecret(made, made.secret, `${made.id} for ${printable(made.url)}`)
  const setEnabled = (enabled: boolean) => async (id: string) => {
    const changed = await session.pika.webhooks.update(id, { enabled }, session)
    session.done(changed, `${id}  ${stateOf(changed)}`)
  }
  const rowOf = ({ id, type, state, attempts, created_at }: WebhookDelivery) => {
    const { status, error } = attempts.at(-1) ?? {}
    return [id, session.tableTime(created_at), type, state, attempts.length, status ?? error]
  }
  const showDelivery = (delivery: WebhookDelivery) =>
    session.wantsJson
      ? session.printJson(delivery)
      : session.printTable(DELIVERY, [rowOf(delivery)])

  verb(webhooks, 'create <url>', 'create one and print its secret, only this once')
    .option(...EVENT)
    .option('--description <text>', 'what it is for')
    .action(async (url, { event: events, description }) =>
      showSecret(await session.pika.webhooks.create({ url, events, description }, session)),
    )
  verb(
    webhooks,
    'rotate-secret <id>',
    'replace the secret; the old one works for another 24 hours',
  ).action(async (id) => showSecret(await session.pika.webhooks.rotateSecret(id, session)))
  verb(webhooks, 'list', 'the webhooks of the account').action(async () => {
    const list = await session.pika.webhooks.list(session)
    session.showList(list, ['id', 'state', 'url', 'events', 'description'], (one) => {
      const { id, url, events, description } = one
      const isAll = events.length === WEBHOOK_EVENTS.length
      return [id, stateOf(one), url, isAll ? 'all' : events.join(','), description]
    })
  })
  verb(webhooks, 'get|show <id>', 'one webhook').action(async (id) => {
    const one = await session.pika.webhooks.get(id, session)
    session.show(one, [
      ...factsOf(one, 'id', 'url'),
      ['state', stateOf(one)],
      ...factsOf(one, 'events'),
      ['description', one.description || null],
      ...factsOf(one, 'created_at'),
    ])
  })
  verb(webhooks, 'enable <id>', 'send it messages again').action(setEnabled(true))
  verb(webhooks, 'disable <id>', 'send it nothing until it is enabled').action(setEnabled(false))
  verb(webhooks, 'delete <id>', 'delete it and its deliveries')
    .option(...YES)
    .action(async (id, { yes }) => {
      await confirm(session, `Delete the webhook ${id} permanently?`, yes)
      await session.pika.webhooks.delete(id, session)
      session.done({ id, object: 'webhook', deleted: true }, `${id}  deleted`)
    })
  verb(webhooks, 'test <id>', 'send it a message now, and show the result').action(async (id) =>
    showDelivery(await session.pika.webhooks.test(id, session)),
  )
  verb(webhooks, 'deliveries <id>', 'what was sent to it, newest first')
    .option(...LIMIT)
    .action(async (id, { limit }) => {
      const { signal, pika } = session
      session.showList(await pika.webhooks.deliveries(id, { limit, signal }), DELIVERY, rowOf)
    })
  verb(webhooks, 'resend <id> <delivery>', 'send a message again, under its own id').action(
    async (id, delivery) => showDelivery(await session.pika.webhooks.resend(id, delivery, session)),
  )
  addListen(webhooks, session)
}

const DELIVERY = ['id', 'time', 'event', 'state', 'tries', 'answer']

const stateOf = ({ enabled, disabled_reason, failing_since }: Webhook): string => {
  if (!enabled) return `disabled (${disabled_reason ?? 'requested'})`
  return failing_since === null ? 'enabled' : `failing since ${clockTime(failing_since)}`
}

const addListen: Add = (webhooks, session) => {
  verb(webhooks, 'listen', LISTEN)
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
    const response = await fetch(url, { method: 'POST', redirect: 'manual', headers, body, signal })
    await response.body?.cancel()
    return response.status
  } catch {
    return signal.aborted ? 'timed_out' : 'unreachable'
  }
}

const newSecret = (): string => makeSecret(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))

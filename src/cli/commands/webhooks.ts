/** `pika-edge webhooks`: URLs that receive the account's events. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { CreatedWebhook, Webhook, WebhookDelivery } from '../../client/index.ts'
import { WEBHOOK_EVENTS } from '../../contract/webhook.ts'
import { confirm } from '../questions.ts'
import { EVENT, LIMIT, YES } from '../options.ts'
import type { Cli, Session } from '../session.ts'
import { printable } from '../shell.ts'
import { noun, verb } from '../verb.ts'
import { clockTime, factsOf } from '../words.ts'
import { addListen } from './webhooks-listen.ts'

const HELP = `URLs that receive the account's events

Messages are signed as in Standard Webhooks. A secret is shown once, when it is
made. With the id 'account', 'deliveries' and 'resend' cover the messages to any
webhook_url.

Examples:
  $ pika-edge webhooks create https://example.com/hooks/pika --event generation.completed
  $ pika-edge webhooks test wh_…
  $ pika-edge webhooks deliveries wh_…
  $ pika-edge webhooks listen --forward-to http://localhost:3000/hook
`

export const addWebhooks = (program: CommandUnknownOpts, cli: Cli): void => {
  const { action } = cli
  const webhooks = noun(program, 'webhooks', HELP)
  action(
    verb(webhooks, 'create <url>', 'create one and print its secret, only this once')
      .option(...EVENT)
      .option('--description <text>', 'what it is for'),
    async (session, url, { event, description }) => {
      const events = event && [...event]
      showSecret(session, await session.pika.webhooks.create({ url, events, description }, session))
    },
  )
  action(
    verb(
      webhooks,
      'rotate-secret <id>',
      'replace the secret; the old one works for another 24 hours',
    ),
    async (session, id) => {
      showSecret(session, await session.pika.webhooks.rotateSecret(id, session))
    },
  )
  action(verb(webhooks, 'list', 'the webhooks of the account'), async (session) => {
    const list = await session.pika.webhooks.list(session)
    session.showList(list, ['id', 'state', 'url', 'events', 'description'], (one) => [
      one.id,
      stateOf(one),
      one.url,
      one.events.length === WEBHOOK_EVENTS.length ? 'all' : one.events.join(','),
      one.description,
    ])
  })
  action(verb(webhooks, 'get|show <id>', 'one webhook'), async (session, id) => {
    const one = await session.pika.webhooks.get(id, session)
    session.show(one, [
      ['id', one.id],
      ['url', one.url],
      ['state', stateOf(one)],
      ...factsOf(
        { ...one, description: one.description || null },
        'events',
        'description',
        'created_at',
      ),
    ])
  })
  for (const [name, enabled, description] of [
    ['enable', true, 'send it messages again'],
    ['disable', false, 'send it nothing until it is enabled'],
  ] as const) {
    action(verb(webhooks, `${name} <id>`, description), async (session, id) => {
      const changed = await session.pika.webhooks.update(id, { enabled }, session)
      session.done(changed, `${id}  ${stateOf(changed)}`)
    })
  }
  action(
    verb(webhooks, 'delete <id>', 'delete it and its deliveries').option(...YES),
    async (session, id, { yes }) => {
      await confirm(session, `Delete the webhook ${id} permanently?`, yes)
      await session.pika.webhooks.delete(id, session)
      session.done({ id, object: 'webhook', deleted: true }, `${id}  deleted`)
    },
  )
  action(
    verb(webhooks, 'test <id>', 'send it a message now, and show the result'),
    async (session, id) => {
      showDelivery(session, await session.pika.webhooks.test(id, session))
    },
  )
  action(
    verb(webhooks, 'deliveries <id>', 'what was sent to it, newest first').option(...LIMIT),
    async (session, id, { limit }) => {
      const { signal, pika, showList } = session
      showList(await pika.webhooks.deliveries(id, { limit, signal }), DELIVERY, rowOf(session))
    },
  )
  action(
    verb(webhooks, 'resend <id> <delivery>', 'send a message again, under its own id'),
    async (session, id, delivery) => {
      showDelivery(session, await session.pika.webhooks.resend(id, delivery, session))
    },
  )
  addListen(webhooks, cli)
}

const stateOf = ({ enabled, disabled_reason, failing_since }: Webhook): string => {
  if (!enabled) return `disabled (${disabled_reason ?? 'requested'})`
  return failing_since === null ? 'enabled' : `failing since ${clockTime(failing_since)}`
}

const showSecret = (session: Session, made: CreatedWebhook): void =>
  session.showSecret(made, made.secret, `${made.id} for ${printable(made.url)}`)

const DELIVERY = ['id', 'time', 'event', 'state', 'tries', 'answer']

const rowOf =
  ({ tableTime }: Session) =>
  ({ id, type, state, attempts, created_at }: WebhookDelivery) => {
    const last = attempts.at(-1)
    return [id, tableTime(created_at), type, state, attempts.length, last?.status ?? last?.error]
  }

const showDelivery = (session: Session, delivery: WebhookDelivery): void =>
  session.wantsJson
    ? session.printJson(delivery)
    : session.printTable(DELIVERY, [rowOf(session)(delivery)])

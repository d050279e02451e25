/** `pika-edge webhooks`: URLs that receive the account's events. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { CreatedWebhook, Webhook, WebhookDelivery } from '../../client/index.ts'
import { WEBHOOK_EVENTS } from '../../contract/webhook.ts'
import { confirm } from '../questions.ts'
import { EVENT, LIMIT, YES } from '../options.ts'
import type { Session } from '../session.ts'
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

export const addWebhooks = (program: CommandUnknownOpts, session: Session): void => {
  const webhooks = noun(program, 'webhooks', HELP)
  const showSecret = (made: CreatedWebhook) =>
    session.showSecret(made, made.secret, `${made.id} for ${printable(made.url)}`)
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
    .action(async (url, { event, description }) => {
      const events = event && [...event]
      showSecret(await session.pika.webhooks.create({ url, events, description }, session))
    })
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
  for (const [name, enabled, description] of [
    ['enable', true, 'send it messages again'],
    ['disable', false, 'send it nothing until it is enabled'],
  ] as const) {
    verb(webhooks, `${name} <id>`, description).action(async (id) => {
      const changed = await session.pika.webhooks.update(id, { enabled }, session)
      session.done(changed, `${id}  ${stateOf(changed)}`)
    })
  }
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

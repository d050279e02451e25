/** `pika-edge webhooks`: addresses that are told what happens. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { WEBHOOK_EVENTS, type Webhook, type WebhookDelivery } from '../../contract/webhook.ts'
import { confirm } from '../confirm.ts'
import { pageSize } from '../model-options.ts'
import type { Cli, Session } from '../session.ts'
import { printable } from '../shell.ts'
import { table } from '../table.ts'
import { clockTime } from '../words.ts'
import { eventOption } from './event-option.ts'
import { addListen } from './webhooks-listen.ts'

const EXAMPLES = `
Messages are signed by Standard Webhooks. A secret is shown once, when it is made.
With 'account' for an id, 'deliveries' and 'resend' are about what went to a webhook_url.

Examples:
  $ pika-edge webhooks create https://example.com/hooks/pika --event generation.completed
  $ pika-edge webhooks test wh_…
  $ pika-edge webhooks deliveries wh_…
  $ pika-edge webhooks listen --forward-to http://localhost:3000/hook
`

export const addWebhooks = (program: CommandUnknownOpts, cli: Cli): void => {
  const webhooks = program
    .command('webhooks')
    .description('addresses that are told what happens: make, try, look at; or listen here')
    .addHelpText('after', EXAMPLES)
  webhooks
    .command('create <url>')
    .description('make one and print its secret, this once')
    .addOption(eventOption())
    .option('--description <text>', 'what it is for')
    .action(async (url, { event, description }) => {
      const session = cli.open()
      const events = event === undefined ? {} : { events: [...event] }
      const about = description === undefined ? {} : { description }
      const made = await session.pika.webhooks.create({ url, ...events, ...about }, session.shell)
      tellSecret(session, made)
    })
  webhooks
    .command('rotate-secret <id>')
    .description('replace the secret; the one before is good for 24 hours more')
    .action(async (id) => {
      const session = cli.open()
      tellSecret(session, await session.pika.webhooks.rotateSecret(id, session.shell))
    })
  webhooks
    .command('list')
    .description('the webhooks of the account')
    .action(async () => {
      const { pika, shell, wantsJson, printJson, print, note, paint } = cli.open()
      const list = await pika.webhooks.list(shell)
      if (wantsJson) return printJson(list)
      if (list.data.length === 0) return note('There are none.')
      const rows = list.data.map((one) => [
        one.id,
        stateOf(one),
        printable(one.url),
        one.events.length === WEBHOOK_EVENTS.length ? 'all' : one.events.join(','),
        printable(one.description),
      ])
      const columns = ['id', 'state', 'url', 'events', 'description']
      for (const line of table(columns, rows, { paint: paint.out })) print(line)
    })
  for (const [name, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    webhooks
      .command(`${name} <id>`)
      .description(enabled ? 'tell it again' : 'tell it nothing until it is enabled')
      .action(async (id) => {
        const { pika, shell, wantsJson, printJson, print } = cli.open()
        const changed = await pika.webhooks.update(id, { enabled }, shell)
        if (wantsJson) return printJson(changed)
        print(`${id}  ${stateOf(changed)}`)
      })
  }
  webhooks
    .command('delete <id>')
    .description('forget it and its deliveries')
    .option('-y, --yes', 'do not ask')
    .action(async (id, { yes }) => {
      const session = cli.open()
      await confirm(session, `Delete the webhook ${id} for good?`, yes)
      await session.pika.webhooks.delete(id, session.shell)
      if (session.wantsJson) return session.printJson({ id, object: 'webhook', deleted: true })
      session.print(`${id}  deleted`)
    })
  webhooks
    .command('test <id>')
    .description('send it a message now, and say what came of it')
    .action(async (id) => {
      const session = cli.open()
      tellDeliveries(session, await session.pika.webhooks.test(id, session.shell))
    })
  webhooks
    .command('deliveries <id>')
    .description('what was sent to it, newest first')
    .option('-l, --limit <count>', 'how many, 100 at most', pageSize, 20)
    .action(async (id, { limit }) => {
      const session = cli.open()
      const page = await session.pika.webhooks.deliveries(id, {
        limit,
        signal: session.shell.signal,
      })
      if (session.wantsJson) return session.printJson(page)
      if (page.data.length === 0) return session.note('There are none.')
      tellDeliveries(session, ...page.data)
    })
  webhooks
    .command('resend <id> <delivery>')
    .description('send a message again, under its own id')
    .action(async (id, delivery) => {
      const session = cli.open()
      tellDeliveries(session, await session.pika.webhooks.resend(id, delivery, session.shell))
    })
  addListen(webhooks, cli)
}

const stateOf = ({ enabled, disabled_reason, failing_since }: Webhook): string => {
  if (!enabled) return `disabled (${disabled_reason ?? 'requested'})`
  return failing_since === null ? 'enabled' : `failing since ${clockTime(failing_since)}`
}

const tellSecret = (
  { wantsJson, printJson, print, note, paint }: Session,
  made: Webhook & { readonly secret: string },
): void => {
  if (wantsJson) return printJson(made)
  note(`${paint.err('green', '✔')} ${made.id} for ${printable(made.url)}`)
  print(made.secret)
  note(paint.err('yellow', 'It is not shown again: keep it now.'))
}

const tellDeliveries = (
  { wantsJson, printJson, print, paint }: Session,
  ...all: readonly WebhookDelivery[]
): void => {
  if (wantsJson) return printJson(all[0])
  const rows = all.map(({ id, type, state, attempts, created_at }) => {
    const last = attempts.at(-1)
    const answer = last === undefined ? '-' : String(last.status ?? last.error)
    return [id, clockTime(created_at), type, state, String(attempts.length), answer]
  })
  const columns = ['id', 'time', 'event', 'state', 'attempts', 'answer']
  for (const line of table(columns, rows, { paint: paint.out })) print(line)
}

/** `--event`: what of all that happens is wanted. */
import { InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { WEBHOOK_EVENTS, type WebhookEventType } from '../../contract/webhook.ts'

export const eventOption = () =>
  new Option(
    '--event <type>',
    `what it is told, repeatable: ${WEBHOOK_EVENTS.join(', ')} (default: all)`,
  ).argParser((text: string, before: readonly WebhookEventType[] = []) => {
    const event = WEBHOOK_EVENTS.find((one) => one === text)
    if (event === undefined) {
      throw new InvalidArgumentError(`It is one of ${WEBHOOK_EVENTS.join(', ')}.`)
    }
    return [...before, event]
  })

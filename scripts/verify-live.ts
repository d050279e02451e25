/** `npm run verify:live`: checks fal itself, for the price of one video. */
import { Command } from '@commander-js/extra-typings'
import { agreeToPay, oneVideo } from './demo-live.ts'
import { runScript } from './interrupt.ts'
import { lookAtFal } from './live/look.ts'

const options = new Command('npm run verify:live --')
  .description(
    "Makes one 5 s video in 720p at fal, and reports what fal's documentation leaves open.\n" +
      'It needs FAL_KEY; with FAL_BILLING_KEY, an admin key, it also looks for the charge.',
  )
  .option('--yes', 'do not ask')
  .option('--public-url <https>', 'a URL of yours that leads to --port here, to check the webhook')
  .option('--port <number>', 'where the webhook arrives', Number, 8790)
  .option('--minutes <number>', 'how long to wait for the end, and then for each fact', Number, 10)
  .option('--json', 'the report as JSON')

const verify = async (signal: AbortSignal): Promise<void> => {
  const { yes = false, publicUrl, port, minutes, json } = options.parse().opts()
  if (!(port > 0 && minutes > 0)) options.error('--port and --minutes take numbers')
  const falKey = await agreeToPay(oneVideo('720p', 5), yes, signal)
  const facts: { fact: string; found: string | null }[] = []
  const note = (fact: string, found: string | undefined) => {
    facts.push({ fact, found: found ?? null })
    process.stderr.write(`${fact}: ${found ?? '?'}\n`)
  }
  const hook = publicUrl ? { publicUrl, port } : undefined
  try {
    const looks = lookAtFal({ falKey, hook, patienceMs: minutes * 60_000, signal })
    for await (const [fact, found] of looks) note(fact, found)
  } catch (error) {
    signal.throwIfAborted()
    note('broke off', error instanceof Error ? error.message : String(error))
  }
  if (json) return void process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`)
  const longest = Math.max(...facts.map(({ fact }) => fact.length))
  for (const { fact, found } of facts) {
    process.stdout.write(`${fact.padEnd(longest)}  ${found ?? '?'}\n`)
  }
}

await runScript(verify)

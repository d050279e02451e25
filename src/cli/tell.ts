/** Renders an error: words for a person, JSON for a program, an exit code for a script. */
import { CommanderError } from 'commander'
import { PikaError, type PikaErrorCode } from '../client/index.ts'
import { costWords, usd } from '../contract/words.ts'
import { CliError, EXIT, exitCodeOf } from './exit-codes.ts'
import { connectionWords } from './calls.ts'
import { printable } from './shell.ts'
import { clockTime } from './words.ts'

export interface Told {
  readonly exitCode: number
  /** The first line says what happened, the others give details and what to do. */
  readonly lines: readonly string[]
  /** The gateway's problem document with some fields added, or one like it. */
  readonly document: Readonly<Record<string, unknown>>
}

/**
 * Undefined if there is nothing more to say, such as after `--help`.
 *
 * @param addressOf where the gateway is, which only its own errors name
 */
export const tell = (error: unknown, addressOf?: () => string): Told | undefined => {
  if (error instanceof PikaError) return tellPikaError(error, addressOf?.())
  if (error instanceof CliError) return told(error.exitCode, error.code, error.message, error.hints)
  if (!(error instanceof CommanderError)) {
    const message = error instanceof Error ? error.message : String(error)
    return told(EXIT.failed, 'unexpected', `something unexpected happened: ${message}`)
  }
  if (error.exitCode === 0) return undefined
  // A command without a subcommand has printed its help, which is enough.
  if (error.code === 'commander.help') return { ...told(EXIT.usage, 'usage', ''), lines: [] }
  const [message = '', ...hints] = error.message.replace(/^error: /, '').split('\n')
  return told(EXIT.usage, 'usage', message, hints)
}

const told = (exitCode: number, code: string, detail: string, hints: readonly string[] = []) => ({
  exitCode,
  lines: [detail, ...hints],
  document: { code, detail, ...(hints.length > 0 && { hints }), exit_code: exitCode },
})

/** Codes that say no more than their message. */
const NOT_SHOWN = new Set<PikaErrorCode>(['network', 'timeout', 'canceled'])

const tellPikaError = (error: PikaError, address: string | undefined): Told => {
  const { code, problem, generation, idempotencyKey, requestId } = error
  const exitCode = exitCodeOf(code)
  const failure = generation?.status === 'failed' ? generation.error : undefined
  const fields = problem?.errors ?? failure?.fields ?? []
  const summary = summarise(error, address)
  const mayHaveMade = exitCode === EXIT.unavailable && problem?.generation_id === undefined
  const lines = [
    printable(summary) + (NOT_SHOWN.has(code) ? '' : ` (${code})`),
    ...fields.map(({ path, message }) => printable(`${path || 'the body'} ${message}`)),
    ...moneyLines(error),
    hintOf(error),
    mayHaveMade &&
      idempotencyKey &&
      `To try again without paying twice: --idempotency-key ${idempotencyKey}`,
    requestId && `request id ${printable(requestId)}`,
  ].flatMap((line) => line || [])
  const document = {
    ...(problem ?? { code, detail: summary }),
    ...(failure && { retryable: failure.retryable, errors: failure.fields }),
    ...(generation && {
      generation_id: generation.id,
      status: generation.status,
      cost: generation.cost,
    }),
    idempotency_key: idempotencyKey,
    exit_code: exitCode,
  }
  return { exitCode, lines, document }
}

const summarise = (error: PikaError, address: string | undefined): string => {
  const { code, message, problem, generation, status } = error
  // The detail repeats the amounts, which get a line of their own.
  if (problem !== undefined) return problem.cost === undefined ? problem.detail : problem.title
  if (code !== 'network') return generation?.status === 'failed' ? `failed: ${message}` : message
  const at = address === undefined ? '' : ` at ${address}`
  // An answer with a status means that the connection worked.
  if (status !== undefined) return message + at
  return `the gateway${at} cannot be reached: ${connectionWords(error)}`
}

/** The limit that was exceeded and how to raise it, or what an ended generation cost. */
const moneyLines = ({ problem, generation }: PikaError): string[] => {
  if (problem?.cost === undefined) {
    return generation !== undefined && generation.finished_at !== null
      ? [costWords(generation)]
      : []
  }
  const { needed_usd, left_usd, limit_usd, limit, resets_at } = problem.cost
  const left = `${usd(left_usd)} of ${usd(limit_usd)} left`
  const exceeded = `${limit}: ${left}, ${usd(needed_usd)} needed; resets ${clockTime(resets_at)}`
  const flag = limit.endsWith('_monthly') ? '--monthly-budget' : '--daily-budget'
  if (limit.startsWith('account')) {
    return [exceeded, `To raise it, with an admin key: pika-edge accounts update ${flag} <usd>`]
  }
  const another = `A key's budget is fixed. Make another: pika-edge keys create <name> ${flag} <usd>`
  return limit.startsWith('key') ? [exceeded, another] : [exceeded]
}

const DOCTOR = 'pika-edge doctor says what is wrong'
const MAYBE_MADE = 'fal may have made it anyway. To check later: pika-edge get <id>'

/** What to do next. A hint with an id is given only if there is a generation. */
const HINTS: Readonly<Partial<Record<PikaErrorCode, string>>> = {
  unauthorized: DOCTOR,
  network: DOCTOR,
  not_configured: DOCTOR,
  over_budget: 'To see what was spent: pika-edge usage',
  timeout: 'To come back: pika-edge watch <id>',
  still_open: 'pika-edge watch <id>',
  outcome_unknown: 'To retry anyway: --accept-double-charge',
  duplicate_request_id: MAYBE_MADE,
  submission_unconfirmed: MAYBE_MADE,
  fal_unreachable: MAYBE_MADE,
  timed_out: MAYBE_MADE,
}

const hintOf = ({ code, problem, generation }: PikaError): string | undefined => {
  const id = generation?.id ?? problem?.generation_id
  const isRetryable = problem?.retryable ?? generation?.error?.retryable
  if (problem?.listening_until !== undefined && id !== undefined) {
    return `To see whether it came: pika-edge get ${id}`
  }
  // A new generation would be paid for; this one can be resolved later.
  if (code === 'not_resolvable' && problem?.retryable) return 'Run this again after that time'
  const known = HINTS[code]
  if (known !== undefined) return known.includes('<id>') ? id && known.replace('<id>', id) : known
  if (isRetryable === false) return id && `Trying again cannot help (${id})`
  if (id !== undefined && isRetryable) return `Trying again can help: pika-edge retry ${id}`
  return isRetryable && 'Trying again later can help'
}

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
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return undefined
    // A command without a subcommand has printed its help, which is enough.
    if (error.code === 'commander.help') return { ...told(EXIT.usage, 'usage', ''), lines: [] }
    const [message = '', ...hints] = error.message.replace(/^error: /, '').split('\n')
    return told(EXIT.usage, 'usage', message, hints)
  }
  if (error instanceof CliError) {
    return told(error.exitCode, error.code, error.message, error.hints)
  }
  if (error instanceof PikaError) return tellPikaError(error, addressOf?.())
  const message = error instanceof Error ? error.message : String(error)
  return told(EXIT.failed, 'unexpected', `something unexpected happened: ${message}`)
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
  const lines = [
    printable(summary) + (NOT_SHOWN.has(code) ? '' : ` (${code})`),
    ...fields.map(({ path, message }) => printable(`${path || 'the body'} ${message}`)),
    ...moneyLines(error),
    ...hintsOf(error),
    ...(idempotencyKey !== undefined &&
    exitCode === EXIT.unavailable &&
    problem?.generation_id === undefined
      ? [`To try again without paying twice: --idempotency-key ${idempotencyKey}`]
      : []),
    ...(requestId === undefined ? [] : [`request id ${printable(requestId)}`]),
  ]
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
  // The detail repeats the amounts, which get a line of their own.
  if (error.problem !== undefined) {
    return error.problem.cost === undefined ? error.problem.detail : error.problem.title
  }
  if (error.code !== 'network') {
    return error.generation?.status === 'failed' ? `failed: ${error.message}` : error.message
  }
  const at = address === undefined ? '' : ` at ${address}`
  // An answer with a status means that the connection worked.
  return error.status === undefined
    ? `the gateway${at} cannot be reached: ${connectionWords(error)}`
    : `${error.message}${at}`
}

const moneyLines = ({ problem, generation }: PikaError): string[] => {
  if (problem?.cost !== undefined) {
    const { needed_usd, left_usd, limit_usd, limit, resets_at } = problem.cost
    const left = `${usd(left_usd)} of ${usd(limit_usd)} left`
    return [`${limit}: ${left}, ${usd(needed_usd)} needed; resets ${clockTime(resets_at)}`]
  }
  return generation !== undefined && generation.finished_at !== null ? [costWords(generation)] : []
}

const hintsOf = ({ code, problem, generation }: PikaError): string[] => {
  const id = generation?.id ?? problem?.generation_id
  const about = (words: string): string[] => (id === undefined ? [] : [`${words} ${id}`])
  if (problem?.listening_until !== undefined && id !== undefined) {
    return about('To see whether it came: pika-edge get')
  }
  // A new generation would be paid for; this one can be resolved later.
  if (code === 'not_resolvable' && problem?.retryable) return ['Run this again after that time']
  switch (code) {
    case 'unauthorized':
    case 'network':
    case 'not_configured':
      return ['pika-edge doctor says what is wrong']
    case 'over_budget':
      return [...wayOut(problem?.cost?.limit ?? ''), 'To see what was spent: pika-edge usage']
    case 'timeout':
      return about('To come back: pika-edge watch')
    case 'still_open':
      return about('pika-edge watch')
    case 'outcome_unknown':
      return ['To retry anyway: --accept-double-charge']
    case 'duplicate_request_id':
    case 'submission_unconfirmed':
    case 'fal_unreachable':
    case 'timed_out':
      return about('fal may have made it anyway. To check later: pika-edge get')
    default: {
      const isRetryable = problem?.retryable ?? generation?.error?.retryable
      if (isRetryable === false) return id === undefined ? [] : [`Trying again cannot help (${id})`]
      if (id !== undefined && isRetryable) return about('Trying again can help: pika-edge retry')
      return isRetryable === true ? ['Trying again later can help'] : []
    }
  }
}

/** How to raise a limit. */
const wayOut = (limit: string): string[] => {
  const flag = limit.endsWith('_monthly') ? '--monthly-budget' : '--daily-budget'
  if (limit.startsWith('account')) {
    return [`To raise it, with an admin key: pika-edge accounts update ${flag} <usd>`]
  }
  return limit.startsWith('key')
    ? [`A key's budget is fixed. Make another: pika-edge keys create <name> ${flag} <usd>`]
    : []
}

/** Options that several commands share, and the parsers of their values. */
import { InvalidArgumentError, Option, type OptionValues } from '@commander-js/extra-typings'
import * as z from 'zod/mini'
import { ASPECT_RATIOS, DEFAULTS, DURATIONS, RESOLUTIONS } from '../contract/model.ts'
import { CATCH_UPS } from '../contract/schedule.ts'
import { toIso } from '../contract/units.ts'
import { WEBHOOK_EVENTS } from '../contract/webhook.ts'
import type { Verb } from './verb.ts'

/** A parser of an option's value, which is refused if `read` gives undefined. */
export const valueOf =
  <T>(what: string, read: (text: string) => T | undefined) =>
  (text: string): T => {
    const value = read(text)
    if (value !== undefined) return value
    throw new InvalidArgumentError(what)
  }

const number = (what: string, pattern: RegExp, least: number, most: number) =>
  valueOf(`It must be ${what}.`, (text) => {
    const value = Number(text.replace(/^\$/, ''))
    return pattern.test(text) && value >= least && value <= most ? value : undefined
  })

const whole = (least: number, most: number, range = '') =>
  number(`a whole number${range}`, /^-?\d+$/, least, most)
const seed = whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
export const count = whole(1, Number.MAX_SAFE_INTEGER, ', at least 1')
const AMOUNT = /^\$?\d+(\.\d+)?$/
export const dollars = number('an amount of US dollars, such as 2.50', AMOUNT, 0, Infinity)
const seconds = number('a number of seconds', /^\d+(\.\d+)?$/, Number.MIN_VALUE, 1_000_000)

/** Any time that `Date.parse` reads, in the gateway's format. */
export const time = valueOf(
  'It must be a time such as 2027-01-31 or 2027-01-31T09:00:00Z.',
  (text) => (Number.isNaN(Date.parse(text)) ? undefined : toIso(Date.parse(text))),
)

/** `name=value`; a repeated option collects them. */
const pair = (text: string, before: Record<string, string> = {}): Record<string, string> => {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It must look like name=value.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

const choice = <T extends string | number>(choices: readonly T[]) =>
  valueOf(`Allowed choices are ${choices.join(', ')}.`, (text) =>
    choices.find((one) => String(one) === text),
  )

/** One of `choices`; a repeated option collects them. */
export const gathered =
  <T extends string>(choices: readonly T[]) =>
  (text: string, before: T[] = []): T[] => [...before, choice(choices)(text)]

/** A value, or `none` to remove it. Not null: commander turns null into an empty string. */
export const orNone =
  <T>(read: (text: string) => T) =>
  (text: string): T | 'none' =>
    text === 'none' ? text : read(text)

/** Flags are named after fields: `--daily-budget` is `daily_budget_usd`. */
const flagOf = (field: string): string =>
  field.replace(/_(usd|at)$/, '').replaceAll(/_\w/g, ([, letter = '']) => letter.toUpperCase())

/** A schema's fields whose flags are given. `none` becomes null if the field may be null. */
export const fieldsOf = <S extends z.ZodMiniObject>(
  schema: S,
  flags: Readonly<OptionValues>,
): { [Name in keyof z.input<S>]?: Exclude<z.input<S>[Name], undefined> } => {
  const fields = Object.entries(schema.shape).map(([field, type]) => {
    const value = flags[flagOf(field)]
    return [field, value === 'none' && z.safeParse(type, null).success ? null : value]
  })
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}

/** @param usual what the gateway takes if the option is not given */
export const oneOf = <const Flags extends string, Choice extends string | number>(
  flags: Flags,
  description: string,
  choices: readonly Choice[],
  usual: Choice,
) =>
  new Option(flags, `${description} (default: ${usual})`)
    .choices(choices.map(String))
    .argParser(choice(choices))

/** The prompt's file, and every other field of a generation request. */
export const withInput = <A extends unknown[], O extends OptionValues>(command: Verb<A, O>) =>
  command
    .option('-f, --file <path>', 'read the prompt from a file')
    .addOption(oneOf('-a, --aspect-ratio <ratio>', 'shape', ASPECT_RATIOS, DEFAULTS.aspect_ratio))
    .addOption(oneOf('-r, --resolution <resolution>', 'size', RESOLUTIONS, DEFAULTS.resolution))
    .addOption(oneOf('-d, --duration <seconds>', 'length', DURATIONS, DEFAULTS.duration))
    .option('-s, --seed <number>', 'the same seed and input give a similar video', seed)
    .option('-n, --negative-prompt <text>', "what to leave out (default: the model's own)")
    .option('-m, --metadata <name=value>', 'kept with the generation, repeatable', pair)
    .option('--user <id>', 'your end user, to filter lists and group usage by')
    .option('--webhook-url <url>', 'URL to notify when it ends')

export const withOutput = <A extends unknown[], O extends OptionValues>(command: Verb<A, O>) =>
  command
    .option('-o, --out <path>', 'save the MP4: a file, a folder, or - for stdout')
    .option('--force', 'overwrite an existing file')

export const withWaiting = <A extends unknown[], O extends OptionValues>(command: Verb<A, O>) =>
  withOutput(command)
    .option(...TIMEOUT)
    .option('--cancel-on-interrupt', 'Ctrl-C cancels the generation too')

export const TIMEOUT = [
  '-t, --timeout <seconds>',
  'stop waiting after this; the generation continues',
  seconds,
] as const

/** The options of every command that pays for a generation. */
export const withSpending = <A extends unknown[], O extends OptionValues>(command: Verb<A, O>) =>
  withWaiting(command)
    .option('--wait', 'wait for the end (default)')
    .option('--no-wait', 'print the id as soon as it is accepted')
    .option(...KEY)

/** The values of these options. */
export type Following = Partial<ReturnType<ReturnType<typeof withSpending<[], {}>>['opts']>>

export const KEY = [
  '-k, --idempotency-key <key>',
  'the same key never pays twice (default: a new one)',
] as const

/** A schedule's options, other than its name and cron expression. */
export const withSchedule = <A extends unknown[], O extends OptionValues>(command: Verb<A, O>) =>
  withInput(command)
    .option('--timezone <zone>', 'time zone of --cron, such as Europe/Paris (default: UTC)')
    .option('--prompts <path>', 'a file with one prompt a line, used in turn')
    .option('--starts <time|none>', 'no run before this time', orNone(time))
    .option('--ends <time|none>', 'no run from this time on', orNone(time))
    .addOption(
      oneOf('--catch-up <which>', 'skip missed runs, or make up for the latest', CATCH_UPS, 'skip'),
    )
    .option('--daily-budget <usd|none>', 'what its runs may cost a day', orNone(dollars))

export const CRON = [
  '--cron <expression>',
  "when: minute, hour (0 to 23), day, month, weekday, such as '0 9 * * 1-5', or @daily",
] as const

export const LIMIT = [
  '-l, --limit <count>',
  'how many, up to 100',
  whole(1, 100, ' from 1 to 100'),
  20,
] as const

export const YES = ['-y, --yes', 'do not ask'] as const

export const EVENT = [
  '--event <type>',
  `which event, repeatable: ${WEBHOOK_EVENTS.join(', ')} (default: all)`,
  gathered(WEBHOOK_EVENTS),
] as const

/** The options of the model, shared by every command that describes a video. */
import { InvalidArgumentError, Option } from '@commander-js/extra-typings'
import type { GenerationRequest } from '../client/index.ts'
import { ASPECT_RATIOS, DEFAULTS, DURATIONS, RESOLUTIONS } from '../contract/model.ts'

const SECONDS = DURATIONS.map(String)

/** A whole number, 0 included. */
export const wholeNumber = (text: string): number => {
  const value = Number(text)
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value)) return value
  throw new InvalidArgumentError('It must be a whole number.')
}

/** A whole number, at least 1. */
export const count = (text: string): number => {
  const value = wholeNumber(text)
  if (value >= 1) return value
  throw new InvalidArgumentError('It must be at least 1.')
}

/** How many of a list the gateway gives at once. */
export const pageSize = (text: string): number => {
  const value = count(text)
  if (value <= 100) return value
  throw new InvalidArgumentError('It must be at most 100.')
}

/** An amount of US dollars. */
export const dollars = (text: string): number => {
  const value = Number(text.replace(/^\$/, ''))
  if (/^\$?\d+(\.\d+)?$/.test(text)) return value
  throw new InvalidArgumentError('It must be an amount of US dollars, such as 2.50.')
}

/** An amount, or `none` to take the limit away: commander makes an empty text of a null. */
export const dollarsOrNone = (text: string): number | 'none' =>
  text === 'none' ? text : dollars(text)

/** What was given, as the gateway takes it. */
export const orNull = <T>(value: T): Exclude<T, 'none'> | null =>
  value === 'none' ? null : (value as Exclude<T, 'none'>)

/** `name=value`, gathered over repetitions. */
const pair = (text: string, before: Record<string, string> = {}): Record<string, string> => {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It must look like name=value.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

export const aspectRatioOption = () =>
  new Option('-a, --aspect-ratio <ratio>', `shape (default: ${DEFAULTS.aspect_ratio})`).choices(
    ASPECT_RATIOS,
  )
export const resolutionOption = () =>
  new Option('-r, --resolution <resolution>', `size (default: ${DEFAULTS.resolution})`).choices(
    RESOLUTIONS,
  )
export const durationOption = () =>
  new Option('-d, --duration <seconds>', `length (default: ${DEFAULTS.duration})`).choices(SECONDS)
export const seedOption = () =>
  new Option('-s, --seed <number>', 'the same seed and input give a like video').argParser(
    wholeNumber,
  )
export const negativePromptOption = () =>
  new Option(
    '-n, --negative-prompt <text>',
    "what must not be in it (default: the model's own; '' sends none)",
  )
export const metadataOption = () =>
  new Option('-m, --metadata <name=value>', 'kept beside the generation, repeatable').argParser(
    pair,
  )

export const userOption = () =>
  new Option('--user <id>', 'your own end user, whose video it is: to list and add up by')

export interface ModelFlags {
  readonly user?: string | undefined
  readonly aspectRatio?: (typeof ASPECT_RATIOS)[number] | undefined
  readonly resolution?: (typeof RESOLUTIONS)[number] | undefined
  readonly duration?: string | undefined
  readonly seed?: number | undefined
  readonly negativePrompt?: string | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/** The request that the flags ask for. What was not given stays out of it: the gateway fills it in. */
export const readInput = (prompt: string, flags: ModelFlags): GenerationRequest => ({
  prompt,
  ...(flags.negativePrompt === undefined ? {} : { negative_prompt: flags.negativePrompt }),
  ...(flags.seed === undefined ? {} : { seed: flags.seed }),
  ...(flags.aspectRatio === undefined ? {} : { aspect_ratio: flags.aspectRatio }),
  ...(flags.resolution === undefined ? {} : { resolution: flags.resolution }),
  ...(flags.duration === undefined ? {} : { duration: flags.duration === '10' ? 10 : 5 }),
  ...(flags.user === undefined ? {} : { user: flags.user }),
  ...(flags.metadata === undefined ? {} : { metadata: { ...flags.metadata } }),
})

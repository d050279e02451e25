/** Asks before a script spends money at fal. */
import { DEFAULT_PRICES, type Duration, type Resolution } from '../src/contract/model.ts'
import { toUsd } from '../src/contract/units.ts'
import { DEFAULT_FAL_KEY } from '../src/emulator/index.ts'
import { isAgreedTo } from './ask.ts'
import { findFalKey } from './dev-vars.ts'

const priceOf = (resolution: Resolution, duration: Duration): string =>
  `$${toUsd(DEFAULT_PRICES[resolution][duration]).toFixed(2)}`

export const oneVideo = (resolution: Resolution, duration: Duration): string =>
  `one ${duration} s video in ${resolution} at fal, about ${priceOf(resolution, duration)}`

/** For every video requested from now on. */
export const everyVideo = (): string => {
  const range = `from about ${priceOf('720p', 5)} (5 s in 720p) to ${priceOf('1080p', 10)} (10 s in 1080p)`
  return `every video requested here from fal, ${range}, up to $10 a day`
}

/** The fal key to use. Throws if there is none, or if nobody agreed to pay for `what`. */
export const agreeToPay = async (
  what: string,
  isAgreed: boolean,
  signal: AbortSignal,
): Promise<string> => {
  const falKey = findFalKey()
  if (falKey === undefined || falKey === DEFAULT_FAL_KEY) {
    throw new Error('--live needs a fal key: set FAL_KEY, or write it to .dev.vars')
  }
  if (isAgreed) {
    // stdout may be only for data.
    process.stderr.write(`This pays for ${what}.\n`)
    return falKey
  }
  if (!process.stdin.isTTY) throw new Error(`this would pay for ${what}; agree with --yes`)
  if (!(await isAgreedTo(`This pays for ${what}. Go on?`, signal))) {
    throw new Error('nothing was sent, nothing was paid')
  }
  return falKey
}

/** Asks before a script spends money at fal. */
import type { Duration, Resolution } from '../src/contract/model.ts'
import { DEFAULT_PRICES, toUsd } from '../src/contract/price.ts'
import { DEFAULT_FAL_KEY } from '../src/emulator/index.ts'
import { ask } from './ask.ts'
import { findFalKey } from './dev-vars.ts'

/** The same, for every video that is asked for from now on. */
export const agreeToPayAll = async (isAgreed: boolean, signal: AbortSignal): Promise<string> => {
  const falKey = needFalKey()
  const [usual, dearest] = [DEFAULT_PRICES['720p'][5], DEFAULT_PRICES['1080p'][10]].map(toUsd)
  const range = `from about $${usual?.toFixed(2)} (5 s in 720p) to $${dearest?.toFixed(2)} (10 s in 1080p)`
  const price = `every video at fal that is asked for here, ${range}, up to $10 a day`
  await agreeToPrice(price, isAgreed, signal)
  return falKey
}

const needFalKey = (): string => {
  const falKey = findFalKey()
  if (falKey === undefined || falKey === DEFAULT_FAL_KEY) {
    throw new Error('--live needs a key of fal: set FAL_KEY, or write it to .dev.vars')
  }
  return falKey
}

/** The key of fal to use. Throws if there is none, or where nobody agreed to the price. */
export const agreeToPay = async (
  { resolution, duration }: { resolution: Resolution; duration: Duration },
  isAgreed: boolean,
  signal: AbortSignal,
): Promise<string> => {
  const falKey = needFalKey()
  const usd = toUsd(DEFAULT_PRICES[resolution][duration])
  const price = `one ${duration} s video in ${resolution} at fal, about $${usd.toFixed(2)}`
  await agreeToPrice(price, isAgreed, signal)
  return falKey
}

/** Shows what is to be paid. Throws if nobody agrees to it. */
const agreeToPrice = async (
  price: string,
  isAgreed: boolean,
  signal: AbortSignal,
): Promise<void> => {
  if (isAgreed) {
    // stdout may be for data alone.
    process.stderr.write(`This pays for ${price}.\n`)
    return
  }
  if (!process.stdin.isTTY) throw new Error(`this would pay for ${price}; agree with --yes`)
  const answer = await ask(`This pays for ${price}. Go on? [y/N] `, signal)
  if (!/^y(es)?$/i.test(answer.trim())) throw new Error('nothing was sent, nothing was paid')
}

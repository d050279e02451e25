/** The doctor's checks against fal: whether the price and the model's input are still the same. */
import { ASPECT_RATIOS, DEFAULT_PRICES, DURATIONS, MODEL, RESOLUTIONS } from '../contract/model.ts'
import { toUsd } from '../contract/units.ts'
import { type Finding, ok, skipped, warning } from './finding.ts'
import type { Shell } from './shell.ts'

const MAX_ANSWER_MS = 10_000
/** The inputs that the gateway takes and their values; null if any value will do. */
const INPUT: Readonly<Record<string, readonly unknown[] | null>> = {
  prompt: null,
  negative_prompt: null,
  seed: null,
  aspect_ratio: ASPECT_RATIOS,
  resolution: RESOLUTIONS,
  duration: DURATIONS,
}
/** Seconds of video in each of fal's price units that are known here. */
const SECONDS: Readonly<Record<string, number>> = { second: 1, seconds: 1, '5 seconds': 5 }
const UPDATE = 'Update pika-edge, or set PRICES_USD if a price has changed.'

/** Needs a fal key from the environment: the gateway does not reveal its own. */
export const checkModel = async ({ env, signal }: Pick<Shell, 'env' | 'signal'>) => {
  const key = env['FAL_KEY']
  if (!key) return [skipped('model', "set FAL_KEY to compare its price and input with fal's")]
  const base = (env['FAL_API_URL'] || 'https://api.fal.ai/v1').replace(/\/$/, '')
  const ask = async (path: string): Promise<unknown> => {
    const query = new URLSearchParams({ endpoint_id: MODEL, expand: 'openapi-3.0' })
    const response = await fetch(`${base}${path}?${query.toString()}`, {
      headers: { authorization: `Key ${key}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(MAX_ANSWER_MS)]),
    })
    if (!response.ok) throw new Error(`status ${response.status}`)
    return response.json()
  }
  try {
    return [checkPrice(await ask('/models/pricing')), checkInput(await ask('/models'))]
  } catch (error) {
    signal.throwIfAborted()
    return [skipped('model', `fal did not answer: ${error instanceof Error ? error.message : ''}`)]
  }
}

const checkPrice = (answer: unknown): Finding => {
  const price = at(answer, 'prices', '0', 'unit_price')
  const named = at(answer, 'prices', '0', 'unit')
  const unit = typeof named === 'string' ? named : 'unit'
  const ours = toUsd(DEFAULT_PRICES['720p'][5])
  if (typeof price !== 'number') return skipped('price', 'fal gives no price')
  const words = `$${price} per ${unit}`
  const seconds = SECONDS[unit]
  if (seconds === undefined) {
    const reason = `which cannot be compared with $${ours.toFixed(2)} for 5 s`
    return skipped('price', `fal says ${words}, ${reason}`)
  }
  return Math.abs((price / seconds) * 5 - ours) < 1e-6
    ? ok('price', `${words}, as here: $${ours.toFixed(2)} for 5 s at 720p`)
    : warning('price', `fal says ${words}, but here 5 s at 720p cost $${ours.toFixed(2)}`, UPDATE)
}

const checkInput = (answer: unknown): Finding => {
  const schemas = Object(at(answer, 'models', '0', 'openapi', 'components', 'schemas'))
  const name = Object.keys(schemas).find((each) => each.endsWith('Input'))
  if (name === undefined) return skipped('input', "fal does not describe the model's input")
  const theirs: Readonly<Record<string, unknown>> = Object(at(schemas, name, 'properties'))
  const differences = [
    ...Object.keys(theirs).flatMap((field) => (field in INPUT ? [] : [`${field} is new`])),
    ...Object.entries(INPUT).flatMap(([field, values]) => {
      if (!(field in theirs)) return [`${field} is gone`]
      const named = at(theirs[field], 'enum')
      if (values === null || !Array.isArray(named)) return []
      const isSame =
        [...values].map(String).toSorted().join() === named.map(String).toSorted().join()
      return isSame ? [] : [`${field} may be ${named.join(', ')}`]
    }),
  ]
  return differences.length === 0
    ? ok('input', 'the same fields and values as here')
    : warning('input', `at fal ${differences.join('; ')}`, UPDATE)
}

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => Reflect.get(Object(inner), name), value)

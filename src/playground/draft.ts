/** The form's draft. It survives a reload, and the Worker's own schema checks it. */
import { generationRequest, type GenerationRequest, type ModelInput } from '../contract/input.ts'
import { DEFAULTS } from '../contract/model.ts'
import type { FieldError } from '../contract/problem.ts'

/** The form as typed; `seed` stays text until it is checked. */
export interface Draft {
  readonly prompt: string
  readonly negative_prompt: string
  readonly seed: string
  readonly aspect_ratio: NonNullable<ModelInput['aspect_ratio']>
  readonly resolution: NonNullable<ModelInput['resolution']>
  readonly duration: 5 | 10
}

export const EMPTY: Draft = { prompt: '', negative_prompt: '', seed: '', ...DEFAULTS }

/** The request to send. Empty fields are left out, so that the model's default applies. */
export const requestOf = ({ negative_prompt, seed, ...rest }: Draft): Record<string, unknown> => ({
  ...rest,
  ...(negative_prompt.trim() === '' ? {} : { negative_prompt }),
  ...(seed.trim() === '' ? {} : { seed: numberIn(seed) }),
})

/** A seed that is not a whole number stays text, which the schema refuses. */
const numberIn = (seed: string): number | string =>
  /^-?\d+$/.test(seed.trim()) ? Number(seed) : seed

export type FieldErrors = Readonly<Record<string, string | undefined>>

/** The first error of each field. A schedule's input has the fields of a generation. */
export const byField = (errors: readonly FieldError[]): FieldErrors =>
  Object.fromEntries(
    errors.toReversed().map(({ path, message }) => [path.replace(/^input\./, ''), message]),
  )

export const draftOf = ({ seed, duration, ...input }: Partial<ModelInput>): Draft => ({
  ...EMPTY,
  ...Object.fromEntries(Object.entries(input).filter(([name]) => Object.hasOwn(EMPTY, name))),
  seed: seed === undefined ? '' : String(seed),
  duration: Number(duration) === 10 ? 10 : 5,
})

/**
 * Reads a link's recipe, such as `prompt=…&aspect_ratio=9:16`, which has only fields of the form.
 * Undefined if it has none, or an invalid one.
 */
export const readRecipe = (query: string): Draft | undefined => {
  const isKnown = ([name, value]: string[]) => value !== '' && Object.hasOwn(EMPTY, name ?? '')
  const given = [...new URLSearchParams(query)].filter(isKnown)
  const { prompt = '', seed = '', ...fields }: Record<string, string> = Object.fromEntries(given)
  const numbered = seed === '' ? {} : { seed: numberIn(seed) }
  // Only the prompt may be missing: the user types it in the form.
  const read = generationRequest.safeParse({ ...fields, ...numbered, prompt: prompt || 'x' })
  return read.success && given.length > 0 ? { ...draftOf(read.data), prompt } : undefined
}

export const writeRecipe = (request: Readonly<Record<string, unknown>>): string => {
  const fields = Object.keys(EMPTY).filter((name) => request[name] !== undefined)
  return new URLSearchParams(fields.map((name) => [name, String(request[name])])).toString()
}

/** `count` requests that differ only in their seed. */
export const variationsOf = (
  request: GenerationRequest,
  count: number,
  newSeed: () => number,
): GenerationRequest[] =>
  Array.from({ length: count }, (_, index) => {
    const given = index === 0 ? request.seed : undefined
    return count === 1 ? request : { ...request, seed: given ?? newSeed() }
  })

/** 31 bits, like the gateway's own seeds. */
export const randomSeed = (): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) >>> 1

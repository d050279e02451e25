/** What is being composed: kept over a reload, checked by the schema that the Worker uses. */
import type * as z from 'zod/mini'
import { generationRequest, type GenerationRequest, type ModelInput } from '../contract/input.ts'
import { DEFAULTS } from '../contract/model.ts'

/** The form as it is typed; `seed` is text until it is checked. */
export interface Draft {
  readonly prompt: string
  readonly negative_prompt: string
  readonly seed: string
  readonly aspect_ratio: NonNullable<ModelInput['aspect_ratio']>
  readonly resolution: NonNullable<ModelInput['resolution']>
  readonly duration: 5 | 10
}

export const EMPTY: Draft = { prompt: '', negative_prompt: '', seed: '', ...DEFAULTS }

/** What the form would send. What is empty is left out, so that the model's own default holds. */
export const requestOf = ({ negative_prompt, seed, ...rest }: Draft): Record<string, unknown> => ({
  ...rest,
  ...(negative_prompt.trim() === '' ? {} : { negative_prompt }),
  ...(seed.trim() === '' ? {} : { seed: numberIn(seed) }),
})

/** What is no whole number stays text, for the schema to refuse. */
const numberIn = (seed: string): number | string =>
  /^-?\d+$/.test(seed.trim()) ? Number(seed) : seed

export type FieldErrors = Readonly<Record<string, string | undefined>>

/** What a schema of the contract finds wrong; of several at one field, the first. */
export const faultsIn = (error: z.core.$ZodError | undefined): FieldErrors => {
  const faults: Record<string, string> = {}
  for (const { path, message, ...issue } of error?.issues ?? []) {
    if (issue.code !== 'unrecognized_keys') faults[path.join('.')] ??= message
    else for (const key of issue.keys) faults[key] = 'is not a field of this model'
  }
  return faults
}

export const draftOf = ({ seed, duration, ...input }: Partial<ModelInput>): Draft => ({
  ...EMPTY,
  ...Object.fromEntries(Object.entries(input).filter(([name]) => Object.hasOwn(EMPTY, name))),
  seed: seed === undefined ? '' : String(seed),
  duration: Number(duration) === 10 ? 10 : 5,
})

/**
 * A link's recipe, such as `prompt=…&aspect_ratio=9:16`: fields of the form and nothing else.
 * Undefined if it names none, or one of them is not valid.
 */
export const readRecipe = (query: string): Draft | undefined => {
  const given = [...new URLSearchParams(query)].filter(
    ([name, value]) => Object.hasOwn(EMPTY, name) && value !== '',
  )
  if (given.length === 0) return undefined
  const { prompt = '', seed = '', ...fields }: Record<string, string> = Object.fromEntries(given)
  const numbered = seed === '' ? {} : { seed: numberIn(seed) }
  // Only the prompt may be missing: the form asks for it.
  const read = generationRequest.safeParse({ ...fields, ...numbered, prompt: prompt || 'x' })
  return read.success ? { ...draftOf(read.data), prompt } : undefined
}

export const writeRecipe = (request: Readonly<Record<string, unknown>>): string => {
  const fields = Object.keys(EMPTY).filter((name) => request[name] !== undefined)
  return new URLSearchParams(fields.map((name) => [name, String(request[name])])).toString()
}

/** So many that differ in their seed alone. */
export const variationsOf = (
  request: GenerationRequest,
  count: number,
  newSeed: () => number,
): GenerationRequest[] =>
  count === 1
    ? [request]
    : Array.from({ length: count }, (_, index) => {
        const given = index === 0 ? request.seed : undefined
        return { ...request, seed: given ?? newSeed() }
      })

/** 31 bits: as large as the gateway's own. */
export const randomSeed = (): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) >>> 1

/** What is being composed: kept over a reload, checked by the schema that the Worker uses. */
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

/** What is wrong, by field. */
export type FieldErrors = Readonly<Record<string, string>>

type Checked =
  | { readonly ok: true; readonly request: GenerationRequest }
  | { readonly ok: false; readonly errors: FieldErrors }

/** What the form would send. What is empty is left out, so that the model's own default holds. */
export const requestOf = ({ negative_prompt, seed, ...rest }: Draft): Record<string, unknown> => ({
  ...rest,
  ...(negative_prompt.trim() === '' ? {} : { negative_prompt }),
  ...(seed.trim() === '' ? {} : { seed: numberIn(seed) }),
})

/** What is no whole number stays text, for the schema to refuse. */
const numberIn = (seed: string): number | string =>
  /^-?\d+$/.test(seed.trim()) ? Number(seed) : seed

export const checkRequest = (request: unknown): Checked => {
  const read = generationRequest.safeParse(request)
  if (read.success) return { ok: true, request: read.data }
  const errors: Record<string, string> = {}
  for (const { path, message, ...issue } of read.error.issues) {
    if (issue.code !== 'unrecognized_keys') errors[String(path[0] ?? '')] ??= message
    else for (const key of issue.keys) errors[key] = 'is not a field of this model'
  }
  return { ok: false, errors }
}

/** The form that shows a request. */
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
  const checked = checkRequest({ ...fields, ...numbered, prompt: prompt || 'x' })
  return checked.ok ? { ...draftOf(checked.request), prompt } : undefined
}

/** The recipe of a request, for a link. */
export const writeRecipe = (request: Readonly<Record<string, unknown>>): string => {
  const fields = Object.keys(EMPTY).filter((name) => request[name] !== undefined)
  return new URLSearchParams(fields.map((name) => [name, String(request[name])])).toString()
}

/** So many that differ in their seed alone. */
export const variationsOf = (
  request: GenerationRequest,
  count: number,
  newSeed: () => number,
): GenerationRequest[] => {
  if (count === 1) return [request]
  const first = request.seed ?? newSeed()
  const others = Array.from({ length: count - 1 }, newSeed)
  return [first, ...others].map((seed) => ({ ...request, seed }))
}

/** 31 bits: as large as the gateway's own. */
export const randomSeed = (): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) >>> 1

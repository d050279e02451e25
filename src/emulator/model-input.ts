/** The model's checks of its input, which fal makes only once the job runs. */
import type { ErrorDetail } from './outcomes.ts'

export const ASPECT_RATIOS = ['16:9', '9:16', '1:1', '4:5', '5:4', '3:2', '2:3']
export const RESOLUTIONS = ['720p', '1080p']
const DURATIONS = ['5', '10']

/** The model's values for fields that a request leaves open. */
export const INPUT_DEFAULTS = {
  negative_prompt: 'ugly, bad, terrible',
  aspect_ratio: '16:9',
  resolution: '720p',
  duration: 5,
} as const

/** Every error in an input; none if the model can run it. */
export function inputErrors(input: Record<string, unknown>): ErrorDetail[] {
  const errors: ErrorDetail[] = []
  const complain = (field: string, type: string, msg: string) => {
    errors.push({ loc: ['body', field], msg, type, input: input[field] ?? input })
  }
  if (input['prompt'] === undefined) complain('prompt', 'missing', 'Field required')
  for (const field of ['prompt', 'negative_prompt']) {
    const value = input[field]
    if (value !== undefined && typeof value !== 'string') {
      complain(field, 'string_type', 'Input should be a valid string')
    }
  }
  if (input['seed'] !== undefined && !Number.isInteger(input['seed'])) {
    complain('seed', 'int_type', 'Input should be a valid integer')
  }
  const choices = { aspect_ratio: ASPECT_RATIOS, resolution: RESOLUTIONS, duration: DURATIONS }
  for (const [field, values] of Object.entries(choices)) {
    const value = input[field]
    if (value === undefined) continue
    const isText = typeof value === 'string' || (field === 'duration' && typeof value === 'number')
    if (!isText || !values.includes(`${value}`)) {
      const expected = values.map((one) => `'${one}'`).join(', ')
      complain(field, 'literal_error', `Input should be one of ${expected}`)
    }
  }
  return errors
}

/** The name of the video for an input, such as `16x9-720p-5s`. */
export function videoName(input: Record<string, unknown>): string {
  const ratio = `${pick(input['aspect_ratio'], ASPECT_RATIOS)}`.replace(':', 'x')
  const resolution = pick(input['resolution'], RESOLUTIONS)
  return `${ratio}-${resolution}-${pick(input['duration'], DURATIONS)}s`
}

export function videoSeconds(input: Record<string, unknown>): number {
  return Number(pick(input['duration'], DURATIONS))
}

/** Every name that `videoName` can return. */
export const VIDEO_NAMES: readonly string[] = ASPECT_RATIOS.flatMap((aspect_ratio) =>
  RESOLUTIONS.flatMap((resolution) =>
    DURATIONS.map((duration) => videoName({ aspect_ratio, resolution, duration })),
  ),
)

function pick(value: unknown, values: string[]): string | undefined {
  return values.find((one) => one === value || Number(one) === value) ?? values[0]
}

/** What the demo was asked for on its command line. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { GenerationRequest } from '../src/client/index.ts'
import { ASPECT_RATIOS, DURATIONS, RESOLUTIONS } from '../src/contract/model.ts'

const PROMPT =
  'Morning sunlight streams through the tall windows of an old greenhouse; dust glows in the ' +
  'air as the camera drifts slowly past ferns toward a cat asleep on the warm stone'

export const HELP = `npm run demo -- [options]

  --live                 generate at fal itself, for money, with FAL_KEY from the environment or .dev.vars
  --yes                  with --live: do not ask
  --prompt <text>
  --resolution <value>   ${RESOLUTIONS.join(', ')}
  --aspect-ratio <value> ${ASPECT_RATIOS.join(', ')}
  --duration <seconds>   ${DURATIONS.join(', ')}
  --out <folder>         where the video goes (./videos)
`

export interface DemoArguments {
  readonly isLive: boolean
  readonly isAgreed: boolean
  readonly wantsHelp: boolean
  readonly input: GenerationRequest
  readonly outPath: string
}

/** Throws an error that names what is wrong. */
export const readDemoArguments = (args: readonly string[]): DemoArguments => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      live: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      prompt: { type: 'string', default: PROMPT },
      resolution: { type: 'string', default: '720p' },
      'aspect-ratio': { type: 'string', default: '16:9' },
      duration: { type: 'string', default: '5' },
      out: { type: 'string', default: 'videos' },
    },
  })
  return {
    isLive: values.live,
    isAgreed: values.yes,
    wantsHelp: values.help,
    outPath: resolve(values.out),
    input: {
      prompt: values.prompt,
      resolution: oneOf('--resolution', RESOLUTIONS, values.resolution),
      aspect_ratio: oneOf('--aspect-ratio', ASPECT_RATIOS, values['aspect-ratio']),
      duration: oneOf('--duration', DURATIONS, Number(values.duration)),
    },
  }
}

const oneOf = <T extends string | number>(
  flag: string,
  allowed: readonly T[],
  value: string | number,
): T => {
  const found = allowed.find((one) => one === value)
  if (found === undefined) throw new Error(`${flag} must be one of ${allowed.join(', ')}`)
  return found
}

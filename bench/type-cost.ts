/** What a project costs the compiler, for callers of the package and of what they compare it with. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PROJECT } from '../scripts/wrangler.ts'

const OPTIONS =
  '--ignoreConfig --noEmit --strict --extendedDiagnostics --target es2022 ' +
  '--lib es2022,dom,dom.iterable,esnext.disposable --module esnext --moduleResolution bundler'

const run = promisify(execFile)

export interface TypeCost {
  readonly instantiations: number
  readonly wallMs: number
}

/** Each is one file, and all the caller's code there is. */
const SOURCES = {
  empty: "export type { ClientResponse } from 'hono/client'\nexport { hc } from 'hono/client'\n",
  client: `import { createPikaClient } from 'pika-edge/client'
const pika = createPikaClient({ baseUrl: 'https://gateway.example', apiKey: 'k' })
const { video } = await pika.generate({ prompt: 'Sunlight on a slow river' })
export const url: string = video.url
const response = await pika.api.v1.generations.$post({ json: { prompt: 'A kettle, steaming' } })
const answer = await response.json()
export const id = 'id' in answer ? answer.id : answer.code
`,
  hcUntyped:
    "import { hc } from 'hono/client'\nexport const client = hc('https://gateway.example')\n",
  hc: `import { hc } from 'hono/client'
import type { AppType } from 'pika-edge'
const client = hc<AppType>('https://gateway.example')
const response = await client.v1.generations.$post({ json: { prompt: 'A kettle, steaming' } })
const answer = await response.json()
export const id = 'id' in answer ? answer.id : answer.code
`,
  fal: `import { fal } from '@fal-ai/client'
const { data } = await fal.subscribe('fal-ai/pika/v2.2/text-to-video', {
  input: { prompt: 'Sunlight on a slow river' },
})
export const url: string = data.video.url
`,
} as const
export type CostProject = keyof typeof SOURCES
export const COST_PROJECTS = Object.keys(SOURCES) as CostProject[]

/** `folder` has the package, hono and fal's client in its node_modules. */
export const writeCostProjects = (folder: string): void => {
  for (const [name, source] of Object.entries(SOURCES)) {
    writeFileSync(join(folder, `${name}.ts`), source)
  }
}

/** Checks one of them once, by itself, and the declarations of its libraries where asked to. */
export const measureTypes = async (
  folder: string,
  project: CostProject,
  skipLibCheck: boolean,
): Promise<TypeCost> => {
  const startedMs = performance.now()
  const { stdout } = await run(
    join(PROJECT, 'node_modules/.bin/tsc'),
    [...OPTIONS.split(' '), '--types', '', '--skipLibCheck', String(skipLibCheck), `${project}.ts`],
    { cwd: folder },
  )
  const wallMs = performance.now() - startedMs
  const count = /^Instantiations:\s+(\d+)/m.exec(stdout)?.[1]
  if (count === undefined) throw new Error(`${project}: ${stdout}`)
  return { instantiations: Number(count), wallMs }
}

/** Copies Scalar's reference from its package to public/, where /docs loads it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from './wrangler.ts'
import { writeWhole } from './write-whole.ts'

const TARGET = join(PROJECT, 'public', 'reference', 'scalar.js')
const PACKAGE = join(PROJECT, 'node_modules/@scalar/fastify-api-reference/package.json')

type Route = { url: string; handler: (request: unknown, reply: unknown) => unknown }

/**
 * The browser bundle. It comes from Scalar's plugin for Fastify, which contains it; the bundle's
 * own package would bring 250 others.
 */
const readBundle = async (): Promise<string> => {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const routes: Route[] = []
  const fastify = { route: (route: Route) => routes.push(route), initialConfig: {} }
  const register: (instance: unknown, options: object, done: () => void) => unknown = scalar
  register(fastify, { configuration: { url: '/openapi.json' } }, () => undefined)
  let bundle: unknown
  const reply = { header: () => reply, send: (body: unknown) => (bundle = body) }
  routes.find(({ url }) => url.endsWith('.js'))?.handler({}, reply)
  if (typeof bundle !== 'string') throw new Error("Scalar's plugin no longer serves a script")
  // The source map is not copied.
  return bundle.replace(/\/\/# sourceMappingURL=.*\s*$/, '')
}

/** The text of a file; undefined if it does not exist. */
export const readIfThere = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined

/**
 * Writes it unless this version is there. Loading the package would take a second of every start of
 * wrangler, so only a note of the version is compared.
 */
export const copyReference = async (): Promise<void> => {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8'))
  const note = `\n// ${version}\n`
  if (readIfThere(TARGET)?.endsWith(note) === true) return
  writeWhole(TARGET, (await readBundle()) + note)
}

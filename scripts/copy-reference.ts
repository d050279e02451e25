/** Copies Scalar's reference from its package to public/, from where /docs loads it. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import scalar from '@scalar/fastify-api-reference'
import { PROJECT } from './wrangler.ts'

const TARGET = join(PROJECT, 'public', 'reference', 'scalar.js')

interface Route {
  readonly url: string
  readonly handler: (request: unknown, reply: unknown) => unknown
}

/**
 * The bundle as a browser runs it. It comes by Scalar's plugin for Fastify, which
 * carries it in itself; the bundle's own package would bring 250 others along.
 */
const readBundle = (): string => {
  const routes: Route[] = []
  const fastify = { route: (route: Route) => routes.push(route), initialConfig: {} }
  const register: (instance: unknown, options: object, done: () => void) => unknown = scalar
  register(fastify, { configuration: { url: '/openapi.json' } }, () => undefined)
  let bundle: unknown
  const reply = { header: () => reply, send: (body: unknown) => (bundle = body) }
  routes.find(({ url }) => url.endsWith('.js'))?.handler({}, reply)
  if (typeof bundle !== 'string') throw new Error("Scalar's plugin serves no script any more")
  // The map is not copied.
  return bundle.replace(/\/\/# sourceMappingURL=.*\s*$/, '')
}

/** The text of a file; undefined where there is none. */
const readIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Writes it where it is not yet, in one step: others may be reading. */
export const copyReference = (): void => {
  const bundle = readBundle()
  if (readIfThere(TARGET) === bundle) return
  mkdirSync(dirname(TARGET), { recursive: true })
  const unfinished = `${TARGET}.${process.pid}`
  writeFileSync(unfinished, bundle)
  renameSync(unfinished, TARGET)
}

if (import.meta.main) copyReference()

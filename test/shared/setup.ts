/** Starts each expensive thing once for all test files, when the first of them asks for it. */
import { createServer } from 'node:http'
import { installPackage } from '../package/consumer.ts'
import { startBrowser } from './browser.ts'
import { startGateway } from './gateway.ts'
import { listen } from './listen.ts'
import type { Shared } from './shared.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for what they share. */
    readonly sharedUrl: string
  }
}

/** The part of vitest's project that is used; its own declarations bring other global types. */
interface Project {
  provide(name: 'sharedUrl', value: string): void
}

/** What test files are told, as JSON, and how to end it. */
export interface Started<Told> extends AsyncDisposable {
  readonly told: Told
}

const START: { readonly [Name in keyof Shared]: () => Promise<Started<Shared[Name]>> } = {
  browser: startBrowser,
  gateway: startGateway,
  package: installPackage,
}

const isShared = (name: string): name is keyof Shared => Object.hasOwn(START, name)

export default async (project: Project): Promise<() => Promise<void>> => {
  const started = new Map<string, Promise<Started<unknown>>>()
  const tell = async (name: string): Promise<string> => {
    if (!isShared(name)) throw new Error(`nothing shared is called ${name}`)
    const starting = started.get(name) ?? START[name]()
    started.set(name, starting)
    return JSON.stringify((await starting).told ?? null)
  }
  const server = createServer((request, response) => {
    tell(request.url?.slice(1) ?? '').then(
      (told) => response.end(told),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  project.provide('sharedUrl', await listen(server))
  return async () => {
    server.close()
    server.closeAllConnections()
    await Promise.allSettled(
      [...started.values()].map(async (starting) => (await starting)[Symbol.asyncDispose]()),
    )
  }
}

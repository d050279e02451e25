/** hono's own client of the gateway. */
import type { hc } from 'hono/client'
import type { AppType } from '../app.ts'

/** Every route of the gateway as a typed call, `api.v1.generations.$get()` and so on. */
export type PikaApi = ReturnType<typeof hc<AppType>>

/** The body with which a route answers that status. */
export type AnswerOf<
  Route extends (
    ...args: never[]
  ) => Promise<{ readonly status: number; json(): Promise<unknown> }>,
  Status extends number,
> = Awaited<ReturnType<Extract<Awaited<ReturnType<Route>>, { readonly status: Status }>['json']>>

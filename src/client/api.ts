/** The types of hono's client for the gateway. */
import type { hc } from 'hono/client'
import type { AppType } from '../app.ts'

/** A typed call for every route of the gateway, such as `api.v1.generations.$get()`. */
export type PikaApi = ReturnType<typeof hc<AppType>>

/** The body of a route's answer with this status. */
export type AnswerOf<
  Route extends (
    ...args: never[]
  ) => Promise<{ readonly status: number; json(): Promise<unknown> }>,
  Status extends number,
> = Awaited<ReturnType<Extract<Awaited<ReturnType<Route>>, { readonly status: Status }>['json']>>

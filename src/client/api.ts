/** hono's own client of the gateway. */
import type { hc } from 'hono/client'
import type { AppType } from '../app.ts'

/** Every route of the gateway as a typed call, `api.v1.generations.$get()` and so on. */
export type PikaApi = ReturnType<typeof hc<AppType>>

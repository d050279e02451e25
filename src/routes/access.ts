/** Who may call: the key of a request, turned into a principal or a refusal. */
import { createMiddleware } from 'hono/factory'
import type { AppEnv } from './gateway.ts'
import { problem } from './problem.ts'

/** `Key` is how fal's own clients send theirs. */
const AUTHORIZATION = /^(?:Bearer|Key) +([\x21-\x7e]{1,512}) *$/i

/** Lets nobody in without a key, and nobody at all where none is configured. */
export const access = createMiddleware<AppEnv>(async (c, next) => {
  const gateway = c.get('gateway')
  if (gateway.misconfigured !== null) {
    return problem(c, 'not_configured', gateway.misconfigured)
  }
  const key = AUTHORIZATION.exec(c.req.header('authorization') ?? '')?.[1]
  const principal = key === undefined ? null : await gateway.authenticate(key)
  if (principal === null) {
    return problem(
      c,
      'unauthorized',
      key === undefined
        ? 'send a key as `Authorization: Bearer …`'
        : 'this key is not known, or no longer valid',
      { headers: { 'www-authenticate': 'Bearer' } },
    )
  }
  c.set('principal', principal)
  if (principal.isAdmin) {
    const { protocol, origin } = new URL(c.req.url)
    if (protocol === 'https:') await gateway.notePublicOrigin(origin)
  }
  return next()
})

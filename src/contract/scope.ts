/** What a key may be allowed to do. */

export const SCOPES = [
  'generations:read',
  'generations:write',
  'schedules:read',
  'schedules:write',
  'admin',
] as const
/** What a key may do. */
export type Scope = (typeof SCOPES)[number]

/** The name of an account: it is part of URLs, and of the names of objects. */
export const ACCOUNT_ID = /^[a-z0-9][a-z0-9_-]{0,62}$/

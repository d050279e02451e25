/** The scopes of keys. */

export const SCOPES = [
  'generations:read',
  'generations:write',
  'schedules:read',
  'schedules:write',
  'webhooks:read',
  'webhooks:write',
  'admin',
] as const
/** What a key may do. */
export type Scope = (typeof SCOPES)[number]

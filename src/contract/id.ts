/** What ids look like. No text of another form names anything. */

/** Crockford's base 32, lower case: ten characters of time and sixteen of chance. */
const SORTABLE = '[0-9a-hjkmnp-tv-z]{26}'

/** Parts of longer texts that name one. */
export const ID_FORM = {
  /** It is part of URLs, and of the names of objects. */
  account: '[a-z0-9][a-z0-9_-]{0,62}',
  generation: `gen_${SORTABLE}`,
  schedule: `sch_${SORTABLE}`,
  webhook: `wh_${SORTABLE}`,
  message: `msg_${SORTABLE}`,
} as const

export const ACCOUNT_ID = new RegExp(`^${ID_FORM.account}$`)
export const GENERATION_ID = new RegExp(`^${ID_FORM.generation}$`)
export const SCHEDULE_ID = new RegExp(`^${ID_FORM.schedule}$`)
/** An endpoint, or the deliveries to addresses that generations and schedules name themselves. */
export const WEBHOOK_ID = new RegExp(`^(${ID_FORM.webhook}|account)$`)
export const MESSAGE_ID = new RegExp(`^${ID_FORM.message}$`)
/** fal's own. They become a part of a path that its key is sent to, so the alphabet is plain. */
export const FAL_REQUEST_ID = /^[\w-]{1,128}$/

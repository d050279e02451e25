/** The forms of ids. A text of another form names nothing. */

/** Crockford's base 32 in lower case: ten characters of time and sixteen random ones. */
const SORTABLE = '[0-9a-hjkmnp-tv-z]{26}'

/** The ids as parts of longer patterns. */
export const ID_FORM = {
  /** Part of URLs and of objects' names. */
  account: '[a-z0-9][a-z0-9_-]{0,62}',
  generation: `gen_${SORTABLE}`,
  schedule: `sch_${SORTABLE}`,
  webhook: `wh_${SORTABLE}`,
  message: `msg_${SORTABLE}`,
} as const

export const ACCOUNT_ID = new RegExp(`^${ID_FORM.account}$`)
export const GENERATION_ID = new RegExp(`^${ID_FORM.generation}$`)
export const SCHEDULE_ID = new RegExp(`^${ID_FORM.schedule}$`)
/** An endpoint, or the deliveries to the `webhook_url` of generations and schedules. */
export const WEBHOOK_ID = new RegExp(`^(${ID_FORM.webhook}|account)$`)
export const MESSAGE_ID = new RegExp(`^${ID_FORM.message}$`)
/** fal's own ids. They become part of a URL that gets the gateway's fal key, so they are plain. */
export const FAL_REQUEST_ID = /^[\w-]{1,128}$/

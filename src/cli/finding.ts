/** What the doctor finds: one thing that was looked at, and what to do if it is not well. */

export interface Finding {
  readonly check: string
  /** `warning` can be lived with; `skipped` could not be looked at. */
  readonly state: 'ok' | 'warning' | 'wrong' | 'skipped'
  readonly detail: string
  /** What to do about it. */
  readonly fix?: string
}

export const ok = (check: string, detail: string): Finding => ({ check, state: 'ok', detail })
export const warning = (check: string, detail: string, fix: string): Finding => ({
  check,
  state: 'warning',
  detail,
  fix,
})
export const wrong = (check: string, detail: string, fix: string): Finding => ({
  check,
  state: 'wrong',
  detail,
  fix,
})
export const skipped = (check: string, detail: string): Finding => ({
  check,
  state: 'skipped',
  detail,
})

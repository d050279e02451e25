/** What the doctor finds: one thing that was looked at, and what to do if it is not well. */

export interface Finding {
  readonly check: string
  /** `warning` can be lived with; `skipped` could not be looked at. */
  readonly state: 'ok' | 'warning' | 'wrong' | 'skipped'
  readonly detail: string
  readonly fix?: string
}

const seen =
  (state: Finding['state']) =>
  (check: string, detail: string): Finding => ({ check, state, detail })
const toFix =
  (state: Finding['state']) =>
  (check: string, detail: string, fix: string): Finding => ({ check, state, detail, fix })

export const [ok, skipped] = [seen('ok'), seen('skipped')]
export const [warning, wrong] = [toFix('warning'), toFix('wrong')]

/** The result of one of the doctor's checks, and how to fix what is wrong. */

export interface Finding {
  readonly check: string
  /** `warning`: the command still works. `skipped`: it could not be checked. */
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

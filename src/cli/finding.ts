/** The result of one of the doctor's checks, and how to fix what is wrong. */

export interface Finding {
  readonly check: string
  /** `warning`: the command still works. `skipped`: it could not be checked. */
  readonly state: 'ok' | 'warning' | 'wrong' | 'skipped'
  readonly detail: string
  readonly fix?: string | undefined
}

const finding = (state: Finding['state']) => (check: string, detail: string, fix?: string) => ({
  check,
  state,
  detail,
  fix,
})
export const ok = finding('ok')
export const warning = finding('warning')
export const wrong = finding('wrong')
export const skipped = finding('skipped')

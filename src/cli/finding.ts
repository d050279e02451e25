/** The result of one of the doctor's checks, and how to fix what is wrong. */

/** `warning`: the command still works. `skipped`: it could not be checked. */
type State = 'ok' | 'warning' | 'wrong' | 'skipped'

const finding = (state: State) => (check: string, detail: string, fix?: string) => ({
  check,
  state,
  detail,
  fix,
})
export type Finding = ReturnType<ReturnType<typeof finding>>
export const ok = finding('ok')
export const warning = finding('warning')
export const wrong = finding('wrong')
export const skipped = finding('skipped')

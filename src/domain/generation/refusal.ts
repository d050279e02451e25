/** How fal's no to a submit is told to the caller whose POST it answers. */
import type { FailureCode } from '../../contract/status.ts'
import type { ProblemCode } from '../../contract/problem.ts'

/** The problem for a generation that fal refused at once. */
export const problemOfRefusal = (code: FailureCode): ProblemCode => {
  switch (code) {
    case 'input_refused':
    case 'fal_account_locked':
    case 'fal_queue_full':
    case 'fal_unavailable':
      return code
    default:
      return 'fal_refused'
  }
}

/** When it may be worth trying again, in seconds; undefined if waiting does not help. */
export const retryAfterSeconds = (code: ProblemCode): number | undefined => {
  if (code === 'fal_account_locked') return 300
  return code === 'fal_queue_full' ? 30 : undefined
}

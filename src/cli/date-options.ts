/** Times on the command line. */
import { InvalidArgumentError } from '@commander-js/extra-typings'
import { toIso } from '../contract/time.ts'

/** A time as the gateway wants it, from anything that names one. */
export const time = (text: string): string => {
  const atMs = Date.parse(text)
  if (!Number.isNaN(atMs)) return toIso(atMs)
  throw new InvalidArgumentError('It must be a time such as 2027-01-31 or 2027-01-31T09:00:00Z.')
}

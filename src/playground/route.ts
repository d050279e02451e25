/** Where in the page one is, as the address's fragment says it: nothing of it reaches a server. */
import { GENERATION_ID, SCHEDULE_ID } from '../contract/id.ts'

export const VIEWS = ['generate', 'history', 'schedules', 'usage'] as const

export interface Route {
  readonly view: (typeof VIEWS)[number]
  /** The videos, or the schedule, that are open. */
  readonly ids: readonly string[]
  /** The settings that a new schedule begins with. */
  readonly recipe?: string | undefined
}

/** Reads a fragment such as `#/g/gen_…,gen_…`; what it does not know is the first page. */
export const parseRoute = (hash: string): Route => {
  const [path = '', recipe] = hash.replace(/^#\/?/, '').split('?')
  const [name, rest = ''] = path.split('/')
  const view = VIEWS.find((one) => one === name) ?? 'generate'
  const id = view === 'schedules' ? SCHEDULE_ID : GENERATION_ID
  return { view, ids: rest.split(',').filter((one) => id.test(one)), recipe }
}

export const addressOf = (
  view: Route['view'],
  ids: readonly string[] = [],
  recipe?: string,
): string => {
  const name = view !== 'generate' ? view : ids.length > 0 ? 'g' : ''
  const path = ids.length > 0 ? `${name}/${ids.join()}` : name
  return recipe === undefined ? `#/${path}` : `#/${path}?${recipe}`
}

export const go = (view: Route['view'], ids?: readonly string[]): void => {
  location.hash = addressOf(view, ids)
}

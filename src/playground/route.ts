/** The route, which is in the URL's fragment: no server sees it. */
import { GENERATION_ID, SCHEDULE_ID } from '../contract/id.ts'

export const VIEWS = ['generate', 'history', 'schedules', 'usage'] as const

export interface Route {
  readonly view: (typeof VIEWS)[number]
  /** The open videos, or the open schedule. */
  readonly ids: readonly string[]
  /** The settings for a new schedule. */
  readonly recipe?: string | undefined
}

/** Reads a fragment such as `#/g/gen_…,gen_…`. An unknown one leads to the first view. */
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

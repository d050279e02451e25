/** The route, which is in the URL's fragment: no server sees it. */
import { GENERATION_ID, SCHEDULE_ID } from '../contract/id.ts'

export const VIEWS = ['generate', 'history', 'schedules', 'usage'] as const

export interface Route {
  readonly view: (typeof VIEWS)[number]
  /** The open videos, or the open schedule, which may be `new`. */
  readonly ids: readonly string[]
}

/** Reads a fragment such as `#/g/gen_…,gen_…`. An unknown one leads to the first view. */
export const parseRoute = (hash: string): Route => {
  const [name, rest = ''] = hash.replace(/^#\/?/, '').split('/')
  const view = VIEWS.find((one) => one === name) ?? 'generate'
  const isId = (one: string) =>
    view === 'schedules' ? one === 'new' || SCHEDULE_ID.test(one) : GENERATION_ID.test(one)
  return { view, ids: rest.split(',').filter(isId) }
}

export const addressOf = (view: Route['view'], ids: readonly string[] = []): string => {
  const name = view !== 'generate' ? view : ids.length > 0 ? 'g' : ''
  return ids.length > 0 ? `#/${name}/${ids.join()}` : `#/${name}`
}

export const go = (view: Route['view'], ids?: readonly string[]): void => {
  location.hash = addressOf(view, ids)
}

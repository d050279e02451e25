/** Where in the page one is, as the address's fragment says it: nothing of it reaches a server. */
import { GENERATION_ID, SCHEDULE_ID } from '../contract/id.ts'

export type Route =
  | { readonly view: 'generate'; readonly ids: readonly string[] }
  | { readonly view: 'history'; readonly id?: string | undefined }
  | {
      readonly view: 'schedules'
      readonly id?: string | undefined
      /** A recipe that a new schedule begins with. */
      readonly recipe?: string | undefined
    }
  | { readonly view: 'usage' }

/** Reads a fragment such as `#/g/gen_…,gen_…`; what it does not know is the first page. */
export const parseRoute = (hash: string): Route => {
  const [path = '', query] = hash.replace(/^#\/?/, '').split('?')
  const [view, rest = ''] = path.split('/')
  switch (view) {
    case 'history':
      return { view, id: GENERATION_ID.test(rest) ? rest : undefined }
    case 'schedules':
      return { view, id: SCHEDULE_ID.test(rest) ? rest : undefined, recipe: query }
    case 'usage':
      return { view }
    default: {
      const ids = view === 'g' ? rest.split(',').filter((id) => GENERATION_ID.test(id)) : []
      return { view: 'generate', ids }
    }
  }
}

export const formatRoute = (route: Route): string => {
  switch (route.view) {
    case 'generate':
      return route.ids.length === 0 ? '#/' : `#/g/${route.ids.join(',')}`
    case 'usage':
      return '#/usage'
    default: {
      const id = route.id === undefined ? '' : `/${route.id}`
      const recipe = route.view === 'schedules' && route.recipe ? `?${route.recipe}` : ''
      return `#/${route.view}${id}${recipe}`
    }
  }
}

/** Shows another view. */
export const go = (route: Route): void => {
  location.hash = formatRoute(route)
}

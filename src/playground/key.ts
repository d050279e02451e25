/** The API key in this browser: kept for the tab, or for the device where one asks for that. */

const NAME = 'pika-edge.key'

/** Storage can be switched off in a browser; then the key lives as long as the page. */
let inMemory: string | null = null

const quietly = <T>(call: () => T): T | null => {
  try {
    return call()
  } catch {
    return null
  }
}

export const readKey = (): string | null =>
  quietly(() => sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME)) ?? inMemory

export const keepKey = (key: string, isForDevice: boolean): void => {
  inMemory = key
  quietly(() => (isForDevice ? localStorage : sessionStorage).setItem(NAME, key))
}

export const forgetKey = (): void => {
  inMemory = null
  quietly(() => sessionStorage.removeItem(NAME))
  quietly(() => localStorage.removeItem(NAME))
}

/** Takes the key that `npm start` put into the link, and takes it out of the address. */
export const takeKeyFromAddress = (): void => {
  const given = new URLSearchParams(location.hash.slice(1))
  const key = given.get('key')
  if (key === null) return
  keepKey(key, false)
  given.delete('key')
  const rest = given.size === 0 ? '' : `#${given.toString()}`
  history.replaceState(null, '', location.pathname + location.search + rest)
}

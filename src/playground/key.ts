/** The API key in this browser: kept for the tab, or for the device if the user asks. */

const NAME = 'pika-edge.key'

/** Ignores errors: storage can be full or switched off. */
export const quietly = <T>(call: () => T): T | undefined => {
  try {
    return call()
  } catch {
    return undefined
  }
}

export const keepKey = (key: string, isForDevice: boolean): void =>
  quietly(() => (isForDevice ? localStorage : sessionStorage).setItem(NAME, key))

export const forgetKey = (): void => {
  quietly(() => sessionStorage.removeItem(NAME))
  quietly(() => localStorage.removeItem(NAME))
}

/** The key from the link that `npm start` printed, removed from the address; else the kept key. */
export const takeKey = (): string | null => {
  const given = new URLSearchParams(location.hash.slice(1))
  const key = given.get('key')
  if (key === null) {
    return quietly(() => sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME)) ?? null
  }
  keepKey(key, false)
  given.delete('key')
  const rest = given.size === 0 ? '' : `#${given.toString()}`
  history.replaceState(null, '', location.pathname + location.search + rest)
  return key
}

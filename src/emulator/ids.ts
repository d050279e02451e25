/** Request ids like fal's: version 4 UUIDs. */

/** @param random numbers in [0, 1) for ids that can be reproduced; by default ids are random */
export function createIds(random: (() => number) | undefined): () => string {
  if (random === undefined) return () => crypto.randomUUID()
  const digits = (count: number) =>
    Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join('')
  return () => `${digits(8)}-${digits(4)}-4${digits(3)}-8${digits(3)}-${digits(12)}`
}

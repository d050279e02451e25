/** The known name that the writer of an unknown one may have meant. */

/** Two typing errors, and any way of joining words: `aspectRatio`. */
const MAX_SLIPS = 2

export const nearest = (given: string, known: readonly string[]): string | undefined => {
  const asked = plain(given)
  const [best] = known
    .filter((name) => Math.abs(plain(name).length - asked.length) <= MAX_SLIPS)
    .map((name) => ({ name, slips: distance(asked, plain(name)) }))
    .toSorted((a, b) => a.slips - b.slips)
  return best && best.slips <= Math.min(MAX_SLIPS, asked.length / 3) ? best.name : undefined
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, '')

/**
 * The number of letters to insert, delete or replace. @see
 * https://en.wikipedia.org/wiki/Levenshtein_distance
 */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let index = 0; index < a.length; index++) {
    const above = row
    row = [index + 1]
    for (let at = 1; at < above.length; at++) {
      const replaced = (above[at - 1] ?? 0) + (b[at - 1] === a[index] ? 0 : 1)
      row.push(Math.min(replaced, (above[at] ?? 0) + 1, (row[at - 1] ?? 0) + 1))
    }
  }
  return row[b.length] ?? 0
}

/** Runs many tasks with bounded concurrency. */

/** Starts `work` for every item in order, with at most `width` under way at once. */
export const pool = async <Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> => {
  const rest = items.entries()
  const lane = async (): Promise<void> => {
    for (const [index, item] of rest) await work(item, index)
  }
  await Promise.all(Array.from({ length: width }, lane))
}

/** The arrow keys of tabs, and of a grid: to the next one, and up and down by what is where. */
export const arrowsAmong =
  (selector: string) => (event: KeyboardEvent & { readonly currentTarget: HTMLElement }) => {
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>(selector)]
    const at = all.findIndex((one) => one === document.activeElement)
    const topOf = (one: HTMLElement) => one.getBoundingClientRect().top
    const inRow = all.filter((one, _, [first = one]) => topOf(one) === topOf(first)).length
    const to: Record<string, number> = {
      ArrowRight: (at + 1) % all.length,
      ArrowLeft: (at + all.length - 1) % all.length,
      ArrowDown: at + inRow,
      ArrowUp: at - inRow,
      Home: 0,
      End: all.length - 1,
    }
    const next = all[to[event.key] ?? -1]
    if (at === -1 || next === undefined) return
    event.preventDefault()
    // Tab comes back to where the arrows left.
    for (const one of all) one.tabIndex = one === next ? 0 : -1
    next.focus()
  }

/** The arrow keys of a grid of cards: to the next one, and up and down by what is where. */
export const onGridKey = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }) => {
  const cards = [...event.currentTarget.querySelectorAll<HTMLElement>('.card > a')]
  const at = cards.findIndex((card) => card === document.activeElement)
  const topOf = (card: HTMLElement) => card.getBoundingClientRect().top
  const inRow = cards.filter((card, _, [first = card]) => topOf(card) === topOf(first)).length
  const steps: Record<string, number> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: inRow,
    ArrowUp: -inRow,
    Home: -at,
    End: cards.length - 1 - at,
  }
  const step = steps[event.key]
  const next = step === undefined ? undefined : cards[at + step]
  if (at === -1 || next === undefined) return
  event.preventDefault()
  // Tab comes back to where the arrows left.
  for (const card of cards) card.tabIndex = card === next ? 0 : -1
  next.focus()
}

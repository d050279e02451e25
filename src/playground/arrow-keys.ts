/** Moves the focus in a grid of cards: by one, or by a row as it is laid out. */
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
  // Tab returns to the card that had the focus last.
  for (const card of cards) card.tabIndex = card === next ? 0 : -1
  next.focus()
}

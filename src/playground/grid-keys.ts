/** The keys of a grid of cards: one stop for Tab, arrows to move within. */

type OnGrid<E extends Event> = E & { readonly currentTarget: HTMLElement }

const cardsOf = (grid: HTMLElement) => [...grid.querySelectorAll<HTMLElement>('.card > a')]

/** The card that Tab comes back to. */
const onFocusIn = ({ currentTarget, target }: OnGrid<FocusEvent>) => {
  const cards = cardsOf(currentTarget)
  if (!cards.some((card) => card === target)) return
  for (const card of cards) card.tabIndex = card === target ? 0 : -1
}

/** Arrows move between cards, by what is where on the screen. */
const onKeyDown = (event: OnGrid<KeyboardEvent>) => {
  const cards = cardsOf(event.currentTarget)
  const at = cards.findIndex((card) => card === document.activeElement)
  const topOf = (card: HTMLElement) => card.parentElement?.offsetTop
  const inRow = cards.filter((card, _, [first = card]) => topOf(card) === topOf(first)).length
  const to: Record<string, number> = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at + inRow,
    ArrowUp: at - inRow,
    Home: 0,
    End: cards.length - 1,
  }
  const next = cards[to[event.key] ?? -1]
  if (at === -1 || next === undefined) return
  event.preventDefault()
  next.focus()
}

export const GRID_KEYS = { onFocusIn, onKeyDown }

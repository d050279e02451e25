/** Moves the focus among cards or tabs: by one, or by a row of cards as it is laid out. */
export const onArrowKey = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }) => {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('.card > a, [role=tab]')]
  const at = items.findIndex((item) => item === document.activeElement)
  const topOf = (item: HTMLElement) => item.getBoundingClientRect().top
  const inRow = items.filter((item, _, [first = item]) => topOf(item) === topOf(first)).length
  const steps: Record<string, number> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: inRow,
    ArrowUp: -inRow,
    Home: -at,
    End: items.length - 1 - at,
  }
  const step = steps[event.key]
  const next = step === undefined ? undefined : items[at + step]
  if (at === -1 || next === undefined) return
  event.preventDefault()
  // Tab returns to the item that had the focus last.
  for (const item of items) item.tabIndex = item === next ? 0 : -1
  next.focus()
}

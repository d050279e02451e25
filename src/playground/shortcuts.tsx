/** The page's keyboard shortcuts, and the list of them. */
import { Check, chosen } from './fields.tsx'
import { useKept, useListener } from './hooks.ts'
import { go } from './route.ts'
import { Facts } from './ui.tsx'

const KEYS = [
  ['Ctrl or ⌘ + Enter', 'Generate, from the form'],
  ['/', 'Go to the prompt'],
  ['?', 'Show these keys'],
  ['Arrows', 'Move through the history'],
  ['Enter, Esc', 'Open a video, and close it'],
  ['Delete', 'Delete the selected video'],
] as const

/** Typing a letter must not trigger a shortcut. Users of speech input can switch shortcuts off. */
const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches('input, textarea, select'))

export const Shortcuts = () => {
  const areOn = useKept('shortcuts', true)
  const press = (event: KeyboardEvent) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey
    if (!areOn.value || !isPlain || isTyping(event) || document.querySelector(':modal')) return
    if (event.key === '?') document.getElementById('shortcuts')?.showPopover()
    if (event.key !== '/') return
    event.preventDefault()
    const prompt = document.getElementById('prompt')
    if (prompt === null) go('generate')
    else prompt.focus()
  }
  useListener('keydown', press)
  return (
    <>
      <button class="quiet" popovertarget="shortcuts">
        Shortcuts
      </button>
      <dialog id="shortcuts" popover="auto" aria-label="Keyboard shortcuts">
        <h2>Keyboard shortcuts</h2>
        <Facts class="keys" facts={KEYS.map(([key, does]) => [<kbd>{key}</kbd>, does])} />
        <Check label="Single keys (/ and ?) are on" {...chosen(areOn)} />
      </dialog>
    </>
  )
}

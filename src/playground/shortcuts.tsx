/** Keys of the whole page, and the list of them. */
import { useEffect, useRef } from 'preact/hooks'
import { useKept } from './hooks.ts'
import { go } from './route.ts'

const KEYS = [
  ['Ctrl or ⌘ + Enter', 'Generate, from the prompt'],
  ['/', 'Go to the prompt'],
  ['?', 'Show these keys'],
  ['Arrows', 'Walk through the history'],
  ['Enter, Esc', 'Open a video, and close it'],
  ['Delete', 'Delete the video one is at'],
] as const

/** Single letters are also typed, and spoken to a computer: then they must do nothing, or be off. */
const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches('input, textarea, select'))

export const Shortcuts = () => {
  const dialog = useRef<HTMLDialogElement>(null)
  const [areOn, setOn] = useKept('shortcuts', true, () => localStorage)
  useEffect(() => {
    if (!areOn) return
    const press = (event: KeyboardEvent) => {
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey
      if (!isPlain || isTyping(event) || document.querySelector('dialog[open]') !== null) return
      if (event.key === '?') dialog.current?.showModal()
      else if (event.key === '/') {
        event.preventDefault()
        const prompt = document.getElementById('prompt')
        if (prompt === null) go({ view: 'generate', ids: [] })
        else prompt.focus()
      }
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [areOn])
  return (
    <>
      <button class="quiet" type="button" onClick={() => dialog.current?.showModal()}>
        Shortcuts
      </button>
      <dialog ref={dialog} aria-labelledby="keys-title">
        <form method="dialog">
          <h2 id="keys-title">Keyboard shortcuts</h2>
          <dl class="keys">
            {KEYS.map(([key, does]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
          <label class="check">
            <input
              type="checkbox"
              checked={areOn}
              onChange={(event) => setOn(event.currentTarget.checked)}
            />
            Single keys (/ and ?) are on
          </label>
          <p class="actions">
            <button>Close</button>
          </p>
        </form>
      </dialog>
    </>
  )
}

/** Asks for the key: the first thing that one sees without one. */
import { useState } from 'preact/hooks'
import { keepKey } from './key.ts'

export interface SignInProps {
  /** Why the last key was not taken. */
  readonly reason: string | undefined
  readonly onKey: (key: string) => void
}

/** What index.html shows while the page comes; it stays until there is more to show. */
export const Welcome = () => (
  <>
    <h1>Make videos with your own gateway</h1>
    <p>
      Write a prompt, see the price, press one button. Every request is paid for once and its video
      plays here.
    </p>
  </>
)

export const SignIn = ({ reason, onKey }: SignInProps) => {
  const [text, setText] = useState('')
  const [isForDevice, setForDevice] = useState(false)
  const submit = (event: Event) => {
    event.preventDefault()
    const key = text.trim()
    if (key === '') return
    keepKey(key, isForDevice)
    onKey(key)
  }
  return (
    <main class="sign-in">
      <Welcome />
      <form class="panel" onSubmit={submit}>
        <label for="key">API key</label>
        <input
          id="key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          autofocus
          placeholder="pika_…"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          aria-describedby="key-note"
          aria-invalid={reason !== undefined}
        />
        {reason !== undefined && (
          <p class="field-error" role="alert">
            {reason}
          </p>
        )}
        <label class="check">
          <input
            type="checkbox"
            checked={isForDevice}
            onChange={(event) => setForDevice(event.currentTarget.checked)}
          />
          Remember on this device
        </label>
        <button class="primary" type="submit" disabled={text.trim() === ''}>
          Continue
        </button>
        <p id="key-note" class="note">
          On your own machine, <code>npm start</code> prints a link that carries the key. For a
          deployed gateway, ask whoever runs it, or <a href="/docs">make one with the API</a>. The
          key stays in this browser and is never part of an address.
        </p>
      </form>
    </main>
  )
}

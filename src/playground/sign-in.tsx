/** Asks for the key: the first thing that one sees without one. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { keepKey } from './key.ts'

/** What index.html shows while the page comes; it stays until there is more to show. */
export const Welcome = ({ children }: { children?: ComponentChildren }) => (
  <main class="sign-in">
    <h1>Make videos with your own gateway</h1>
    <p>Write a prompt, see the price, press one button. Your video plays here. You pay once.</p>
    {children}
  </main>
)

/** @param reason why the last key was not taken */
export const SignIn = ({
  reason,
  onKey,
}: {
  reason?: string | undefined
  onKey: (key: string) => void
}) => {
  const [text, setText] = useState('')
  const [isForDevice, setForDevice] = useState(false)
  const key = text.trim()
  const submit = (event: Event) => {
    event.preventDefault()
    if (key === '') return
    keepKey(key, isForDevice)
    onKey(key)
  }
  return (
    <Welcome>
      <form class="panel" onSubmit={submit}>
        <label for="key">API key</label>
        <input
          id="key"
          type="password"
          autocomplete="off"
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
        <Check label="Remember on this device" value={isForDevice} onChange={setForDevice} />
        <button class="primary" disabled={key === ''}>
          Continue
        </button>
        <p id="key-note" class="note">
          On your own machine, <code>npm start</code> prints a link that carries the key. For a
          deployed gateway, ask whoever runs it, or <a href="/docs">make one with the API</a>. The
          key stays in this browser and is never part of an address.
        </p>
      </form>
    </Welcome>
  )
}

type CheckProps = { label: string; value: boolean; onChange: (value: boolean) => void }

export const Check = ({ label, value, onChange }: CheckProps) => (
  <label class="check">
    <input type="checkbox" checked={value} onChange={() => onChange(!value)} />
    {label}
  </label>
)

/** Asks for the key: the first view without one. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Check } from './fields.tsx'
import { keepKey } from './key.ts'

/** Also in index.html, which shows it while the page loads. It stays until the page is ready. */
export const Welcome = ({ children }: { children?: ComponentChildren }) => (
  <main class="sign-in">
    <p class="brand">pika-edge</p>
    <h1>Make videos with your own gateway</h1>
    <p>Write a prompt, see the price, press one button. Your video plays here. You pay once.</p>
    {children}
  </main>
)

/** `reason` says why the last key was refused. */
type SignInProps = { reason: string | undefined; onKey: (key: string) => void }

export const SignIn = ({ reason, onKey }: SignInProps) => {
  const [isForDevice, setForDevice] = useState(false)
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    const key = event.currentTarget.querySelector('input')?.value.trim() ?? ''
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
          required
          placeholder="pika_…"
          aria-describedby="key-note"
          aria-invalid={reason !== undefined}
        />
        {reason !== undefined && (
          <p class="field-error" role="alert">
            {reason}
          </p>
        )}
        <Check label="Remember on this device" value={isForDevice} onChange={setForDevice} />
        <button class="primary">Continue</button>
        <p id="key-note" class="note">
          On your own machine, <code>npm start</code> prints a link that carries the key. For a
          deployed gateway, ask whoever runs it, or <a href="/docs">make one with the API</a>. The
          key stays in this browser and is never part of an address.
        </p>
      </form>
    </Welcome>
  )
}

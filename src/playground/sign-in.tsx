/** Asks for the key: the first view without one. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { Check, chosen, Field } from './fields.tsx'
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

type SignInProps = { reason: string | undefined; onKey: (key: string) => void }

export const SignIn = ({ reason, onKey }: SignInProps) => {
  const key = useSignal('')
  const isForDevice = useSignal(false)
  const submit = (event: Event) => {
    event.preventDefault()
    const given = key.value.trim()
    keepKey(given, isForDevice.value)
    onKey(given)
  }
  return (
    <Welcome>
      <form class="panel" onSubmit={submit}>
        <Field
          id="key"
          label="API key"
          {...chosen(key)}
          error={reason}
          placeholder="pika_…"
          type="password"
          autofocus
          required
        />
        <span class="unseen" role="alert" children={reason && `This key ${reason}`} />
        <Check label="Remember on this device" {...chosen(isForDevice)} />
        <button class="primary">Continue</button>
        <p class="note">
          On your own machine, <code>npm start</code> prints a link that carries the key. For a
          deployed gateway, ask whoever runs it, or <a href="/docs">make one with the API</a>. The
          key stays in this browser and is never part of an address.
        </p>
      </form>
    </Welcome>
  )
}

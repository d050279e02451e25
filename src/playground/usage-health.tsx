/** How the gateway is, in one line. */
import { useEffect, useState } from 'preact/hooks'
import type { Health as HealthView, HealthReason } from '../contract/health.ts'
import type { Problem } from '../client/index.ts'
import { localTime } from './words.ts'

const REASON_WORDS: Record<HealthReason, string> = {
  provider_unavailable: 'fal takes nothing at present; what waits is sent once it does',
  fal_account_changed: 'open videos were sent with another fal account',
  history_refused: 'fal does not let this gateway read its request history',
  billing_refused: 'fal does not let this gateway read its bills',
}

const wordsOf = ({ reasons, webhooks }: HealthView): string => {
  const [first] = reasons
  if (first !== undefined) {
    const others = reasons.length > 1 ? ` (and ${reasons.length - 1} more)` : ''
    return `Up, but since ${localTime(first.since)} ${REASON_WORDS[first.code]}${others}.`
  }
  return webhooks === 'on'
    ? 'The gateway is well, and fal calls it back.'
    : 'The gateway is well. fal cannot call it back, so it asks.'
}

const ask = async (): Promise<readonly ['good' | 'bad', string]> => {
  const response = await fetch('/healthz')
  if (!response.ok) {
    const { title, detail }: Problem = await response.json()
    return ['bad', `${title}: ${detail}.`]
  }
  const health: HealthView = await response.json()
  return [health.status === 'ok' ? 'good' : 'bad', wordsOf(health)]
}

export const Health = () => {
  const [[state, words], tell] = useState<readonly [string, string]>(['', ' '])
  useEffect(() => {
    let isShown = true
    void ask()
      .catch((): readonly [string, string] => ['bad', 'The gateway does not answer.'])
      .then((said) => isShown && tell(said))
    return () => void (isShown = false)
  }, [])
  return (
    <p class="health note" data-state={state}>
      {words}
    </p>
  )
}

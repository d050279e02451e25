/** The gateway's health, in one line. */
import type { Health as HealthView } from '../contract/health.ts'
import { HEALTH_WORDS } from '../contract/words.ts'
import { useAnswer } from './hooks.ts'
import { once } from './session.ts'
import { explain, localTime } from './words.ts'

const wordsOf = ({ reasons, webhooks }: HealthView): string => {
  const [first, ...others] = reasons
  if (first !== undefined) {
    const more = others.length > 0 ? ` (and ${others.length} more)` : ''
    return `The gateway is up. Since ${localTime(first.since)}, ${HEALTH_WORDS[first.code]}${more}.`
  }
  return webhooks === 'on'
    ? 'The gateway is up, and fal calls it back.'
    : 'The gateway is up. fal cannot call it back, so it asks fal.'
}

export const Health = () => {
  const { answer, error } = useAnswer((signal) =>
    once<HealthView>(() => fetch('/healthz', { signal }), signal),
  )
  const { title, text } = explain(error)
  const words = answer && wordsOf(answer)
  return (
    <p class="health note" data-state={error === undefined ? answer?.status : 'bad'}>
      {error === undefined ? words : `${title}. ${text}`}
    </p>
  )
}

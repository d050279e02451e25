/** Amounts, times and states in words, for every program that shows them to people. */
import type { Generation } from './generation.ts'
import type { HealthReason } from './health.ts'
import type { PendingReason } from './status.ts'

/** `$0.20`; fractions of a cent keep their digits. */
export const usd = (amount: number): string => {
  const cents = amount.toFixed(2)
  const exact = amount.toFixed(6)
  return `$${Number(cents) === Number(exact) ? cents : exact.replace(/0+$/, '')}`
}

/** `8 s`, `2 min 05 s`, `3 h 10 min`. */
export const duration = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

export const costWords = ({ cost }: Pick<Generation, 'cost'>): string =>
  ({
    charged: `${usd(cost.charged_usd ?? cost.estimated_usd)} charged`,
    reserved: `${usd(cost.estimated_usd)} reserved`,
    released: 'nothing charged',
    unknown: `may have cost ${usd(cost.estimated_usd)}`,
  })[cost.state]

/** Why a generation waits, as a clause without a full stop. */
export const PENDING_WORDS: Readonly<Record<PendingReason, string>> = {
  confirmation: 'it waits for word from fal, whose answer was lost; it is never sent twice',
  provider_unavailable: 'fal takes no requests now; it is sent once fal does',
  concurrency_limit: 'it waits until others of this account have ended',
}

/** What is wrong between the gateway and fal, as clauses that may follow a colon. */
export const HEALTH_WORDS: Readonly<Record<HealthReason, string>> = {
  provider_unavailable: 'fal takes no requests, and new ones wait',
  fal_account_changed: 'fal does not know its own jobs; the key may belong to another fal account',
  history_refused: "FAL_KEY may not read fal's request history, so a lost answer may stay lost",
  billing_refused: 'fal does not say what it charged, so costs come from the price table',
}

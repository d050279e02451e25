/** Generations as readers get them: with how long their kind takes, and now or as soon as they change. */
import { isFinal } from '../../contract/status.ts'
import { expectedSeconds } from '../../domain/generation/admission.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import type { Expected } from '../../domain/generation/render.ts'
import type { Patience, View } from '../../domain/account.ts'
import type { NewsDesk } from './listeners.ts'
import type { Store } from './store.ts'

const PAST_DURATIONS = 100
const EXPECTED_MAX_AGE_MS = 10_000

export class Views {
  readonly #store: Store
  readonly #news: NewsDesk
  readonly #expected = new Map<string, { readonly value: Expected | null; readonly atMs: number }>()

  constructor(store: Store, news: NewsDesk) {
    this.#store = store
    this.#news = news
  }

  of(record: GenerationRecord): View {
    return { record, expected: isFinal(record.status) ? null : this.#expectedOf(record) }
  }

  /** The generation as it is in the store, or as `known` where it is there no more. */
  now(known: GenerationRecord): View {
    return this.of(this.#store.read(known.id)?.record ?? known)
  }

  /** The generation once there is what the caller waits for, or when its patience ends. */
  async after(id: string, patience: Patience): Promise<View | null> {
    const enough = (record: GenerationRecord) =>
      isFinal(record.status) ||
      (patience.for === 'answer' && (record.status !== 'submitting' || record.unconfirmed))
    const record = this.#store.read(id)?.record
    if (record === undefined) return null
    if (!enough(record) && patience.ms > 0) await this.#news.until(id, enough, patience.ms)
    return this.now(record)
  }

  #expectedOf({ input }: GenerationRecord): Expected | null {
    const kind = `${input.resolution}:${input.duration}`
    const known = this.#expected.get(kind)
    if (known !== undefined && Date.now() - known.atMs < EXPECTED_MAX_AGE_MS) return known.value
    const past = this.#store.pastDurationsMs(input.resolution, input.duration, PAST_DURATIONS)
    const value = expectedSeconds(past)
    this.#expected.set(kind, { value, atMs: Date.now() })
    return value
  }
}

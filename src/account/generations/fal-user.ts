/** The fal account that owns the gateway's key. With another one's key, every job is a 404. */
import { readDocument } from '../../domain/document.ts'
import { DAY_MS } from '../../domain/generation/deadlines.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import type { Core } from '../core.ts'

/** Under this, the account at fal that the last confirmed hook came from; no other can adopt. */
const FAL_USER = 'fal_user_id'
/** Under this, since when fal's answers may be another account's. */
const DOUBT = 'fal_user_doubt'

/** This many accepted jobs in a row are unknown to fal. */
const MISSING_NEEDED = 3

interface Doubt {
  /** When the first of these was seen. What was sent before may be another account's. */
  readonly sinceMs: number
  /** Jobs that fal had taken and does not know; null if a hook has named another account. */
  readonly missing: readonly string[] | null
}

export class FalUser {
  readonly #meta: Core['meta']
  readonly #journal: Core['journal']

  constructor({ meta, journal }: Pick<Core, 'meta' | 'journal'>) {
    this.#meta = meta
    this.#journal = journal
  }

  /** The account at fal that is known to be ours; undefined before the first confirmed hook. */
  known(): string | undefined {
    return this.#meta.read(FAL_USER)
  }

  /** A hook for a request that is known to be ours proves whose account it is now. */
  confirm(userId: string, nowMs: number): void {
    const before = this.known()
    if (before === userId) return
    this.#change(() => {
      this.#meta.write(FAL_USER, userId)
      if (before !== undefined) this.#write({ sinceMs: nowMs, missing: null })
    })
  }

  /** fal knows a job that it had taken, so its 404 for others of that time is true. */
  noteFound({ sentAtMs }: GenerationRecord): void {
    const doubt = this.#doubt()
    if (!doubt?.missing || (sentAtMs ?? Infinity) >= doubt.sinceMs) return
    this.#change(() => this.#meta.remove(DOUBT))
  }

  /** fal does not know a job that it had taken, which nobody has canceled. */
  noteMissing({ id }: GenerationRecord, nowMs: number): void {
    const doubt = this.#doubt() ?? { sinceMs: nowMs, missing: [] }
    const { missing } = doubt
    if (missing === null || missing.length >= MISSING_NEEDED || missing.includes(id)) return
    this.#change(() => this.#write({ ...doubt, missing: [...missing, id] }))
  }

  /** Since when fal's answers may be those of another account; null if nothing says so. */
  inDoubtSinceMs(): number | null {
    const doubt = this.#doubt()
    if (doubt === undefined) return null
    const isWave = doubt.missing === null || doubt.missing.length >= MISSING_NEEDED
    return isWave ? doubt.sinceMs : null
  }

  /** Whether a 404 says nothing of a job, since it may have been sent with another account's key. */
  mayBeOthers({ sentAtMs }: GenerationRecord): boolean {
    const sinceMs = this.inDoubtSinceMs()
    return sinceMs !== null && (sentAtMs ?? 0) <= sinceMs
  }

  #doubt(): Doubt | undefined {
    const text = this.#meta.read(DOUBT)
    const doubt = text === undefined ? undefined : readDocument<Doubt>(text)
    // By then whatever was sent before it has ended.
    return doubt !== undefined && Date.now() <= doubt.sinceMs + DAY_MS ? doubt : undefined
  }

  /** As a change of the account's: whoever tells of its troubles hears of it. */
  #change(work: () => void): void {
    this.#journal.atomically(null, Date.now(), work)
  }

  #write(doubt: Doubt): void {
    this.#meta.write(DOUBT, JSON.stringify(doubt))
  }
}

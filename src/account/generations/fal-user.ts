/** The fal account that owns the gateway's key. With another account's key, every job is a 404. */
import { readDocument } from '../../domain/document.ts'
import { DAY_MS } from '../../domain/generation/deadlines.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import type { Core } from '../core.ts'

/** The key in `meta` of the fal account behind the last confirmed hook; no other can adopt. */
const FAL_USER = 'fal_user_id'
/** The key in `meta` of a doubt: fal's answers may be about another account. */
const DOUBT = 'fal_user_doubt'

/** There is doubt once fal does not know this many accepted jobs in a row. */
const MISSING_NEEDED = 3

interface Doubt {
  /** When the doubt began. Jobs sent before may belong to another account. */
  readonly sinceMs: number
  /** Accepted jobs that fal does not know; null if a hook named another account. */
  readonly missing: readonly string[] | null
}

export class FalUser {
  readonly #meta: Core['meta']
  readonly #journal: Core['journal']

  constructor({ meta, journal }: Pick<Core, 'meta' | 'journal'>) {
    this.#meta = meta
    this.#journal = journal
  }

  /** Our account at fal; undefined before the first confirmed hook. */
  known(): string | undefined {
    return this.#meta.read(FAL_USER)
  }

  /** A hook for a request that is known to be ours proves which account is ours now. */
  confirm(userId: string, nowMs: number): void {
    const before = this.known()
    if (before === userId) return
    this.#change(() => {
      this.#meta.write(FAL_USER, userId)
      if (before !== undefined) this.#write({ sinceMs: nowMs, missing: null })
    })
  }

  /** fal knows a job that it accepted, so its 404 for other jobs of that time is true. */
  noteFound({ sentAtMs }: GenerationRecord): void {
    const doubt = this.#doubt()
    if (!doubt?.missing || (sentAtMs ?? Infinity) >= doubt.sinceMs) return
    this.#change(() => this.#meta.remove(DOUBT))
  }

  /** fal does not know a job that it accepted and that nobody canceled. */
  noteMissing({ id }: GenerationRecord, nowMs: number): void {
    const doubt = this.#doubt() ?? { sinceMs: nowMs, missing: [] }
    const { missing } = doubt
    if (missing === null || missing.length >= MISSING_NEEDED || missing.includes(id)) return
    this.#change(() => this.#write({ ...doubt, missing: [...missing, id] }))
  }

  /** Since when fal's answers may be about another account; null if nothing says so. */
  inDoubtSinceMs(): number | null {
    const doubt = this.#doubt()
    if (doubt === undefined) return null
    const isWave = doubt.missing === null || doubt.missing.length >= MISSING_NEEDED
    return isWave ? doubt.sinceMs : null
  }

  /** Whether a 404 proves nothing, since the job may have been sent with another account's key. */
  mayBeOthers({ sentAtMs }: GenerationRecord): boolean {
    const sinceMs = this.inDoubtSinceMs()
    return sinceMs !== null && (sentAtMs ?? 0) <= sinceMs
  }

  #doubt(): Doubt | undefined {
    const text = this.#meta.read(DOUBT)
    const doubt = text === undefined ? undefined : readDocument<Doubt>(text)
    // After that, all jobs sent before the doubt have ended.
    return doubt !== undefined && Date.now() <= doubt.sinceMs + DAY_MS ? doubt : undefined
  }

  /** Through the journal, so that the Directory hears of the trouble. */
  #change(work: () => void): void {
    this.#journal.atomically(null, Date.now(), work)
  }

  #write(doubt: Doubt): void {
    this.#meta.write(DOUBT, JSON.stringify(doubt))
  }
}

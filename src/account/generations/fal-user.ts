/** The fal account that owns the gateway's key. With another account's key, every job is a 404. */
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

export type FalUser = ReturnType<typeof createFalUser>

export const createFalUser = ({ meta, journal }: Core) => {
  const doubt = meta.document<Doubt>(DOUBT)

  /** Our account at fal; undefined before the first confirmed hook. */
  const known = (): string | undefined => meta.read(FAL_USER)

  /** A hook for a request that is known to be ours proves which account is ours now. */
  const confirm = (userId: string, nowMs: number): void => {
    const before = known()
    if (before === userId) return
    change(() => {
      meta.write(FAL_USER, userId)
      if (before !== undefined) doubt.write({ sinceMs: nowMs, missing: null })
    })
  }

  /** fal knows a job that it accepted, so its 404 for other jobs of that time is true. */
  const noteFound = ({ sentAtMs }: GenerationRecord): void => {
    const now = readDoubt()
    if (!now?.missing || (sentAtMs ?? Infinity) >= now.sinceMs) return
    change(doubt.remove)
  }

  /** fal does not know a job that it accepted and that nobody canceled. */
  const noteMissing = ({ id }: GenerationRecord, nowMs: number): void => {
    const { sinceMs, missing } = readDoubt() ?? { sinceMs: nowMs, missing: [] }
    if (missing === null || missing.length >= MISSING_NEEDED || missing.includes(id)) return
    change(() => doubt.write({ sinceMs, missing: [...missing, id] }))
  }

  /** Since when fal's answers may be about another account; null if nothing says so. */
  const inDoubtSinceMs = (): number | null => {
    const now = readDoubt()
    if (now === undefined) return null
    const isWave = now.missing === null || now.missing.length >= MISSING_NEEDED
    return isWave ? now.sinceMs : null
  }

  /** Whether a 404 proves nothing, since the job may have been sent with another account's key. */
  const mayBeOthers = ({ sentAtMs }: GenerationRecord): boolean => {
    const sinceMs = inDoubtSinceMs()
    return sinceMs !== null && (sentAtMs ?? 0) <= sinceMs
  }

  const readDoubt = (): Doubt | undefined => {
    const kept = doubt.read()
    // After that, all jobs sent before the doubt have ended.
    return kept !== undefined && Date.now() <= kept.sinceMs + DAY_MS ? kept : undefined
  }

  /** Through the journal, so that the Directory hears of the trouble. */
  const change = (work: () => void): void => journal.atomically(null, Date.now(), work)

  return { known, confirm, noteFound, noteMissing, inDoubtSinceMs, mayBeOthers }
}

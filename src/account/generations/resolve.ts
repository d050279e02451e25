/** Records a person's word about a generation whose outcome fal does not report. */
import type { FalQueue } from '../../adapters/fal-queue.ts'
import type { ResolveResult, Word } from '../../domain/account.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import { sentMs, stopsCountingMs } from '../../domain/generation/deadlines.ts'
import { phaseOf } from '../../domain/generation/transition.ts'
import type { Core } from '../core.ts'
import type { HistoryReading } from '../history/reading.ts'
import type { Listeners } from './listeners.ts'
import type { Looker } from './looker.ts'

export interface ResolveParts {
  readonly fal: FalQueue
  readonly reading: HistoryReading
  readonly looker: Looker
  readonly listeners: Listeners
}

/** Repeating the same word changes nothing; a different one is refused. */
export const resolve = async (
  core: Core,
  parts: ResolveParts,
  id: string,
  word: Word,
): Promise<ResolveResult> => {
  const { store, journal } = core
  const before = store.read(id)?.record
  if (before === undefined) return { type: 'not_found' }
  if (word.type === 'request') return resolveAs(core, parts, before, word.falRequestId)
  const wasSaid = before.saidCharged === word.charged
  if (!wasSaid && !isUnresolved(before, Date.now())) return notYet(before)
  journal.observe(id, [{ type: 'resolved', charged: word.charged }], Date.now())
  return { type: 'resolved', view: parts.listeners.viewNow(before) }
}

/** Asks fal first: with an id that fal does not know, the generation would stay open for a day. */
const resolveAs = async (
  { store, journal, gate }: Core,
  { fal, reading, looker, listeners }: ResolveParts,
  before: GenerationRecord,
  falRequestId: string,
): Promise<ResolveResult> => {
  const { id } = before
  const mayTakeIt = ({ falRequestId: known }: GenerationRecord = before): boolean =>
    known === null || known === falRequestId
  if (before.falRequestId !== falRequestId) {
    if (!mayTakeIt()) return { type: 'not_resolvable' }
    if (!isUnresolved(before, Date.now())) return notYet(before)
    const status = await gate.run('look_up', () => fal.status(falRequestId, { logs: false }))
    const told =
      status.type === 'not_found'
        ? await reading.endOf(falRequestId, sentMs(before), true)
        : undefined
    if (status.type === 'not_found' && told === undefined) {
      const isSilent = Date.now() < reading.platform.readyMs()
      return { type: isSilent ? 'fal_silent' : 'unknown_to_fal' }
    }
    if (status.type === 'no_answer') return { type: 'fal_silent' }
    if ((store.idOfRequest(falRequestId) ?? id) !== id) return { type: 'request_taken' }
    // By now fal or someone else may have reported the outcome.
    const now = store.read(id)?.record ?? before
    if (!mayTakeIt(now) || !isUnresolved(now, Date.now())) return { type: 'not_resolvable' }
    const accepted = { type: 'accepted', requestId: falRequestId, by: 'person' } as const
    journal.observe(id, told ? [accepted, told] : [accepted], Date.now())
  }
  await looker.look(id)
  return { type: 'resolved', view: listeners.viewNow(before) }
}

/** fal has had time to report the outcome, and has not. */
const isUnresolved = (record: GenerationRecord, nowMs: number): boolean =>
  phaseOf(record) === 'unconfirmed'
    ? nowMs >= stopsCountingMs(record)
    : record.status === 'failed' && record.cost.state === 'unknown'

const notYet = (record: GenerationRecord): ResolveResult =>
  phaseOf(record) === 'unconfirmed'
    ? { type: 'too_early', untilMs: stopsCountingMs(record) }
    : { type: 'not_resolvable' }

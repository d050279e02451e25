/** Timed work on generations: looks, cancels and deadlines, and looks while someone watches. */
import { attempt } from '../../adapters/log.ts'
import { raw } from '../../adapters/sql.ts'
import { isFinal } from '../../contract/status.ts'
import { DAY_MS } from '../../domain/generation/deadlines.ts'
import { nextDue } from '../../domain/generation/due.ts'
import type { Core } from '../core.ts'
import type { Timed } from '../timed.ts'
import type { Listeners } from './listeners.ts'
import { LOOK_GAP_MS, type Looker } from './looker.ts'
import type { Submitter } from './submitter.ts'

/** Two fetches each, and an alarm may make forty. */
const MAX_DUE_AT_ONCE = 20
/** A claim older than this is taken again. */
const CLAIM_MS = 60_000

export const createDueGenerations = (core: Core, looker: Looker, submitter: Submitter): Timed => {
  const { store, journal } = core
  const runOne = async (id: string, nowMs: number): Promise<void> => {
    const stored = store.read(id)
    if (stored === undefined) return
    const due = nextDue(stored.record, stored.looks)
    store.putOff('other', id, nowMs + CLAIM_MS)
    if (due?.what === 'look') await looker.look(id, { scheduled: true })
    if (due?.what === 'look_beside') await looker.lookBeside(id)
    if (due?.what === 'cancel') await looker.cancel(id)
    if (due?.what === 'clock' && !submitter.isSending(id)) journal.observe(id, [{ type: 'clock' }])
  }
  return {
    nextDueMs: () => store.nextDueMs('other'),
    runDue: (nowMs) =>
      Promise.all(store.dueIds('other', nowMs, MAX_DUE_AT_ONCE).map((id) => runOne(id, nowMs))),
  }
}

/** How long after a look at a watched generation the next one follows. */
const watchGapMs = (watchedMs: number, hasWebhook: boolean): number => {
  // If a webhook will come: every second for ten seconds, then less and less often.
  if (hasWebhook) return watchedMs < 10_000 ? LOOK_GAP_MS : Math.min(watchedMs / 4, 30_000)
  return watchedMs < 60_000 ? LOOK_GAP_MS : 3000
}

export const lookWhileWatched = ({ store }: Core, looker: Looker, listeners: Listeners): void =>
  listeners.onAudience((id, audience) => {
    const sinceMs = Date.now()
    const lookAfter = (ms: number): void => {
      audience.timer = setTimeout(() => void step(), ms)
    }
    const step = async (): Promise<void> => {
      const record = store.read(id)?.record
      if (record === undefined || isFinal(record.status)) return
      if (record.falRequestId !== null) await looker.lookForReader(id)
      if (audience.listeners.size === 0) return
      lookAfter(watchGapMs(Date.now() - sinceMs, record.webhookOrigin !== null))
    }
    lookAfter(LOOK_GAP_MS)
  })

/** The next alarm ends the rest. */
const MAX_ENDED_AT_ONCE = 40
/** A generation that could not be ended is tried again after this long. */
const AGAIN_MS = 2000

/** Unsent generations, which the index on the status returns in the order of their creation. */
const UNSENT = raw(`status = 'submitting' AND due_what = 'send'`)
/** Those of them with a deadline of their own. They have their own index. */
const HURRIED = raw(`due_what = 'send' AND doc ->> '$.sendBeforeMs' IS NOT NULL`)

/** Ends unsent generations that are too late, or whose key is revoked. */
export const createUnsent = ({ sql, counts, journal }: Core) => {
  const nextDueMs = (): number | null => {
    const atMs = tooLateMs()
    return atMs === null ? null : Math.max(atMs, Date.now() + AGAIN_MS)
  }

  const runDue = (nowMs: number): void => {
    if ((tooLateMs() ?? Infinity) > nowMs) return
    const tooLate = sql.column<string>`
      SELECT id FROM generations WHERE ${HURRIED} AND doc ->> '$.sendBeforeMs' <= ${nowMs}
      UNION ALL SELECT id FROM generations WHERE ${UNSENT} AND created_at_ms <= ${nowMs - DAY_MS}
      LIMIT ${MAX_ENDED_AT_ONCE}`
    for (const id of tooLate) {
      const end = () => void journal.observe(id, [{ type: 'clock' }])
      attempt('not_ended', end, { generation_id: id })
    }
  }

  const onRevoked = (keyId: string): void => {
    const unsent = sql.column<string>`
      SELECT id FROM generations WHERE ${UNSENT} AND key_id = ${keyId}`
    for (const id of unsent) journal.observe(id, [{ type: 'cancel_requested' }])
  }

  const tooLateMs = (): number | null => {
    if (counts.unsent() === 0) return null
    const oldestMs = sql.number`
      SELECT created_at_ms FROM generations WHERE ${UNSENT} ORDER BY id LIMIT 1`
    if (oldestMs === null) return null
    const hurriedMs = sql.number`
      SELECT MIN(doc ->> '$.sendBeforeMs') FROM generations WHERE ${HURRIED}`
    return Math.min(oldestMs + DAY_MS, hurriedMs ?? Infinity)
  }

  return { nextDueMs, runDue, onRevoked }
}

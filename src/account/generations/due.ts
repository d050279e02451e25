/** Timed work on generations: looks, cancels and deadlines. */
import { nextDue } from '../../domain/generation/due.ts'
import type { Core } from '../core.ts'
import type { Timed } from '../timed.ts'
import type { Looker } from './looker.ts'
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
    store.claim(id, nowMs + CLAIM_MS)
    if (due?.what === 'look') await looker.look(id, { scheduled: true })
    if (due?.what === 'look_beside') await looker.lookBeside(id)
    if (due?.what === 'cancel') await looker.cancel(id)
    if (due?.what === 'clock' && !submitter.isSending(id)) {
      journal.observe(id, [{ type: 'clock' }], nowMs)
    }
  }
  return {
    nextDueMs: () => store.nextDueMs('other'),
    runDue: (nowMs) =>
      Promise.all(store.dueIds('other', nowMs, MAX_DUE_AT_ONCE).map((id) => runOne(id, nowMs))),
  }
}

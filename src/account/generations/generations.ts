/** The most frequent calls for generations: create, retry, get, cancel, events and fal's webhooks. */
import { readHookPayload } from '../../adapters/fal-answers.ts'
import { log } from '../../adapters/log.ts'
import { isFinal } from '../../contract/status.ts'
import type { AccountApi, Hook } from '../../domain/account.ts'
import type { AdmitResult, Refused, Spending } from '../../domain/generation/calls.ts'
import { isInDoubt } from '../../domain/generation/late.ts'
import type { Observation } from '../../domain/generation/observation.ts'
import { videoOf } from '../../domain/generation/generation.ts'
import { phaseOf } from '../../domain/generation/transition.ts'
import type { Core } from '../core.ts'
import { isDoneWithin } from '../patience.ts'
import { askedInput } from '../../domain/generation/admission.ts'
import type { Admissions } from './admissions.ts'
import type { FalUser } from './fal-user.ts'
import type { Listeners } from './listeners.ts'
import type { Looker } from './looker.ts'
import { createOrphans } from './orphans.ts'
import type { Address, Submitter } from './submitter.ts'

/** How long a reader waits for the look that it causes. */
const READER_PATIENCE_MS = 1000

export type Generations = ReturnType<typeof createGenerations>

export const createGenerations = (
  core: Core,
  admissions: Admissions,
  looker: Looker,
  listeners: Listeners,
  submitter: Submitter,
  falUser: FalUser,
) => {
  const { store, journal, meta, gate } = core
  const orphans = createOrphans(core)

  const admit: AccountApi['admit'] = (request) => {
    const { id, accountId, keyId, webhookOrigin, idempotency } = request
    const { input, metadata, user, via, webhookUrl } = request
    const who = { id, accountId, keyId, user, via }
    const asked = { ...who, input, metadata, webhookUrl, retryOf: null, webhookOrigin }
    return spend(request, (address) => admissions.admit(asked, { idempotency, address }))
  }

  const retry: AccountApi['retry'] = (request) => {
    const { id, accountId, keyId, retryOf, webhookOrigin, idempotency } = request
    return spend(request, (address) => {
      const first = store.read(retryOf)?.record
      if (first === undefined) return { type: 'not_found' } as const
      if (!isFinal(first.status)) return { type: 'still_open' } as const
      if (videoOf(first) !== null) return { type: 'not_retryable' } as const
      if (isInDoubt(first) && !request.acceptDoubleCharge) {
        return { type: 'outcome_unknown' } as const
      }
      const { metadata, user, webhookUrl } = first
      const what = { input: askedInput(first), metadata, user, webhookUrl }
      const asked = { id, accountId, keyId, ...what, retryOf, webhookOrigin }
      return admissions.admit(asked, { idempotency, address })
    })
  }

  /**
   * Answers a request that spends. If its id or idempotency key already has a generation, or it
   * repeats a request whose caller is gone, it is answered with that generation and nothing is
   * admitted.
   *
   * @param admit admits it, or says why not; what follows its call happens in the same turn
   */
  const spend = async <Refusal>(
    spending: Spending,
    admit: (address: Address | undefined) => Refusal | null,
  ): Promise<Refusal | Exclude<AdmitResult, Refused>> => {
    gate.refill()
    const { id, idempotency, webhookOrigin, patience } = spending
    return orphans.answer(spending, async (orphanId) => {
      // Signing takes longer than the one turn in which a generation is claimed and sent.
      const address = await submitter.addressOf(spending).catch(() => undefined)
      const claimed = admissions.claimed(id, idempotency)
      const generationId = claimed?.generationId ?? orphanId ?? id
      if (claimed?.isOfOther) return { type: 'key_reused', generationId }
      if (claimed === undefined && orphanId === undefined) {
        meta.noteWebhookOrigin(webhookOrigin)
        const refusal = admit(address)
        if (refusal !== null) return refusal
      }
      const replayed = claimed?.replayed ?? orphanId !== undefined
      const view = await listeners.viewAfter(generationId, patience)
      return view === null
        ? { type: 'deleted', generationId }
        : { type: 'admitted', view, replayed }
    })
  }

  const get: AccountApi['get'] = async (id) => {
    gate.refill()
    const before = store.read(id)?.record
    if (before === undefined) return null
    if (phaseOf(before) !== 'settled' && before.falRequestId !== null) {
      await isDoneWithin(looker.lookForReader(id), READER_PATIENCE_MS)
    }
    return listeners.viewNow(before)
  }

  const cancel: AccountApi['cancel'] = async (id) => {
    gate.refill()
    const before = store.read(id)?.record
    if (before === undefined) return { type: 'not_found' }
    if (before.status === 'canceled') return { type: 'canceled', view: listeners.view(before) }
    if (isFinal(before.status)) return { type: 'already_final', view: listeners.view(before) }
    const after = journal.observe(id, [{ type: 'cancel_requested' }]) ?? before
    const asksNow = after.cancelAcceptedAtMs === null && after.falRequestId !== null
    const isFirst = before.cancelRequestedAtMs === null
    if (asksNow && (isFirst || looker.isLongSince(id))) {
      await isDoneWithin(looker.cancel(id), READER_PATIENCE_MS)
    }
    return { type: 'requested', view: listeners.viewNow(after) }
  }

  const events: AccountApi['events'] = async (id, afterSeq) => {
    const record = store.read(id)?.record
    if (record === undefined) return null
    return { record, events: store.events(id, afterSeq, Number.MAX_SAFE_INTEGER) }
  }

  /**
   * Takes a verified webhook from fal. Returns at once: if it does not say enough, fal is asked for
   * the result afterwards.
   */
  const hook = ({ generationId, falRequestId, falUserId, ...told }: Hook): 'taken' | 'ignored' => {
    gate.refill()
    const record = store.read(generationId)?.record
    if (record === undefined || record.sentAtMs === null) return 'ignored'
    const ids = { generation_id: generationId, fal_request_id: falRequestId }
    if (record.falRequestId === falRequestId) falUser.confirm(falUserId, Date.now())
    else if ((falUser.known() ?? falUserId) !== falUserId) {
      log('hook_of_another_user', ids)
      return 'ignored'
    } else if ((store.idOfRequest(falRequestId) ?? generationId) !== generationId) {
      log('hook_names_a_request_of_another_generation', ids)
      return 'ignored'
    }

    const seen = readHookPayload(told.status, told.payload)
    const observations: Observation[] = [{ type: 'accepted', requestId: falRequestId, by: 'hook' }]
    if (seen !== undefined) observations.push(seen)
    const after = journal.observe(generationId, observations)
    if (after?.falRequestId !== falRequestId) {
      // Another job. Only what fal shows us about it with our own key is believed.
      void looker.lookBeside(generationId)
    } else if (seen === undefined) {
      const saysFailed = told.status === 'ERROR'
      void looker.look(generationId, { status: { type: 'complete', saysFailed, logs: [] } })
    }
    return 'taken'
  }

  const hookOfOwn = (told: Hook): boolean => {
    const known = store.read(told.generationId)?.record.falRequestId
    return known === told.falRequestId && hook(told) === 'taken'
  }

  return { admit, retry, spend, get, cancel, events, hook, hookOfOwn, orphans }
}

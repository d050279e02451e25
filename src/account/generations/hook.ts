/** Handles a verified webhook from fal. */
import { readHookPayload } from '../../adapters/fal-answers.ts'
import { log } from '../../adapters/log.ts'
import type { Observation } from '../../domain/generation/observation.ts'
import type { Hook } from '../../domain/account.ts'
import type { Core } from '../core.ts'
import type { FalUser } from './fal-user.ts'
import type { Looker } from './looker.ts'

/** Returns at once. If the hook does not say enough, fal is asked for the result afterwards. */
export const createHooks =
  ({ store, journal }: Core, looker: Looker, falUser: FalUser) =>
  (hook: Hook): 'taken' | 'ignored' => {
    const { generationId, falRequestId, falUserId } = hook
    const record = store.read(generationId)?.record
    if (record === undefined || record.sentAtMs === null) return 'ignored'
    const ids = { generation_id: generationId, fal_request_id: falRequestId }
    const knownUser = falUser.known()
    if (record.falRequestId !== falRequestId) {
      if (knownUser !== undefined && knownUser !== falUserId) {
        log('hook_of_another_user', ids)
        return 'ignored'
      }
      if ((store.idOfRequest(falRequestId) ?? generationId) !== generationId) {
        log('hook_names_a_request_of_another_generation', ids)
        return 'ignored'
      }
    } else falUser.confirm(falUserId, Date.now())

    const seen = readHookPayload(hook.status, hook.payload)
    const observations: Observation[] = [{ type: 'accepted', requestId: falRequestId, by: 'hook' }]
    if (seen !== undefined) observations.push(seen)
    const after = journal.observe(generationId, observations, Date.now())
    if (after?.falRequestId !== falRequestId) {
      // Another job. Only what fal shows us about it with our own key is believed.
      void looker.lookBeside(generationId)
    } else if (seen === undefined) {
      void looker.look(generationId, { knownComplete: { saysFailed: hook.status === 'ERROR' } })
    }
    return 'taken'
  }

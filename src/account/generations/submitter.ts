/** Sends admitted generations: one POST to fal for each, ever. */
import type { SubmitAnswer } from '../../adapters/fal-answers.ts'
import type { FalQueue, Heard } from '../../adapters/fal-queue.ts'
import { log, logError } from '../../adapters/log.ts'
import type { GenerationRecord, Named } from '../../domain/generation/generation.ts'
import { isInDoubt, wasKnownAtItsEnd } from '../../domain/generation/late.ts'
import type { Observation } from '../../domain/generation/observation.ts'
import type { Core } from '../core.ts'
import { untilFindable } from '../patience.ts'
import type { FalBreaker } from './breaker.ts'
import type { Looker } from './looker.ts'

/** A generation that could not be sent is tried again when it has waited twice as long. */
const SHORTEST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 300_000
/** Sending starts at once; the alarm only finds what a crash left. */
const FALLBACK_MS = 2000

export interface Signer {
  /** The URL for fal's webhook about a generation, below the gateway's own origin. */
  readonly webhookUrl: (origin: string, accountId: string, generationId: string) => Promise<string>
  /** The signature in the URL of its video. */
  readonly videoSig: (accountId: string, generationId: string) => Promise<string>
}

/** What fal and the readers of a generation are given. */
export interface Address {
  readonly webhookUrl: string | undefined
  readonly videoSig: string
}

type Addressed = Pick<GenerationRecord, 'id' | 'accountId' | 'webhookOrigin'>

export type Submitter = ReturnType<typeof createSubmitter>

export const createSubmitter = (
  { store, counts, journal, gate }: Core,
  fal: FalQueue,
  breaker: FalBreaker,
  signer: Signer,
  looker: Looker,
) => {
  /** What this process is sending. Any other unanswered one was sent by a process that died. */
  const inFlight = new Set<string>()
  /** Those of them that wait for a connection and are not claimed yet. */
  const inLine = new Set<string>()
  /** The address made last: the first send of its generation need not sign it again. */
  let made: { readonly id: string; readonly address: Promise<Address> } | undefined

  const addressOf = (asked: Addressed): Promise<Address> => {
    made = { id: asked.id, address: sign(asked) }
    return made.address
  }

  const sign = async ({ id, accountId, webhookOrigin }: Addressed): Promise<Address> => {
    const [videoSig, webhookUrl] = await Promise.all([
      signer.videoSig(accountId, id),
      webhookOrigin === null ? undefined : signer.webhookUrl(webhookOrigin, accountId, id),
    ])
    return { webhookUrl, videoSig }
  }

  /** Starts sending waiting generations, as many as fal may have. Returns at once. */
  const pump = (): void => {
    if (counts.unsent() <= inLine.size) return
    const nowMs = Date.now()
    const more = Math.min(counts.room(nowMs), allowed()) - inLine.size
    if (more <= 0) return
    // Those that wait for a connection are among the oldest.
    const ids = store.dueIds('send', nowMs, more + inLine.size)
    for (const id of ids.filter((id) => !inFlight.has(id)).slice(0, more)) {
      inFlight.add(id)
      inLine.add(id)
      follow(id, sendWhenFree(id))
    }
  }

  const follow = (id: string, sending: Promise<void>): void => {
    void sending
      .catch((error: unknown) => putOff(id, error))
      .finally(() => {
        inFlight.delete(id)
        inLine.delete(id)
      })
      // If even that could not be stored, only the alarm tries again.
      .then(pump, (error: unknown) => logError('submit_not_put_off', error, { generation_id: id }))
  }

  /** How many more the breaker allows. A test need not wait for what was sent before. */
  const allowed = (): number => {
    const isTest = breaker.now().state === 'ready'
    return breaker.maxSending() - (isTest ? 0 : inFlight.size - inLine.size)
  }

  /** Leaves a send that failed before its claim to the alarm, with growing pauses. */
  const putOff = (id: string, error: unknown): void => {
    logError('submit_failed', error, { generation_id: id })
    const nowMs = Date.now()
    const waitedMs = nowMs - (store.read(id)?.record.createdAtMs ?? nowMs)
    const pauseMs = Math.min(Math.max(waitedMs, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS)
    store.putOff('send', id, nowMs + pauseMs)
  }

  const sendWhenFree = async (id: string): Promise<void> => {
    const waiting = store.read(id)?.record
    if (waiting === undefined) return
    const known = made?.id === id ? made.address : undefined
    made = undefined
    const { webhookUrl, videoSig } = await (known ?? sign(waiting))
    const isDoneAlready = waiting.retryOf !== null && (await isFound(waiting.retryOf))
    const answer = await gate.run('submit', async () => {
      // The claim: once it is written, nobody ever sends this generation again. It is written in
      // the turn that calls fetch. So the platform holds the request back until storage has
      // confirmed the claim, and nothing is claimed that is not being sent.
      if (isDoneAlready) return void journal.observe(id, [{ type: 'not_needed' }])
      const before = store.read(id)?.record
      const isWaiting = before?.status === 'submitting' && before.sentAtMs === null
      // By now the breaker may have opened.
      if (!isWaiting || allowed() <= 0) return undefined
      let claimed: GenerationRecord | undefined
      journal.atomically(before.accountId, Date.now(), () => {
        claimed = journal.observe(id, [{ type: 'sending', videoSig }])
        if (claimed?.sentAtMs !== null) breaker.noteStarted(id)
      })
      inLine.delete(id)
      // If it was too late to send, that has ended it.
      if (claimed?.status !== 'submitting') return undefined
      return post(before, webhookUrl)
    })
    if (answer !== undefined) await hear(waiting, answer)
  }

  const post = ({ input, startTimeoutSeconds }: GenerationRecord, webhookUrl: string | undefined) =>
    fal.submit(input, { startTimeoutSeconds, webhookUrl })

  /** Records what the answer says about the generation and about fal. */
  const hear = async (
    { id, accountId }: Addressed,
    { signal, ...answered }: SubmitAnswer & Heard,
  ): Promise<void> => {
    log('submit_answered', { generation_id: id, answer: answered.type })
    const observations = await conclude(answered)
    const wasTaken = observations[0]?.type === 'accepted'
    const nowMs = Date.now()
    journal.atomically(accountId, nowMs, () => {
      // First, since the change itself says less about fal.
      breaker.noteAnswered(id, wasTaken ? { type: 'clear' } : signal, nowMs)
      journal.observe(id, observations)
    })
  }

  /** Whether fal has the original of this retry after all: the last chance not to pay twice. */
  const isFound = async (retriedId: string): Promise<boolean> => {
    const before = store.read(retriedId)?.record
    if (before === undefined || !isInDoubt(before)) return false
    await looker.look(retriedId)
    const after = store.read(retriedId)?.record ?? before
    // Found after its end. The clock had given up on a job that was known by then.
    const isNew = after.falRequestId !== null && !wasKnownAtItsEnd(after)
    return after.failure?.lateVideo !== undefined || (isNew && after.listening)
  }

  /** What the answer proves. An id in an unclear answer is looked up first. */
  const conclude = async (answer: SubmitAnswer): Promise<Observation[]> => {
    if (answer.type !== 'unknown') return [answer]
    if (answer.lookUp === undefined) return [{ type: 'unanswered' }]
    const { requestId, settles } = answer.lookUp
    const named = { requestId, refusal: settles ? answer.failure : null }
    const found = await lookUp(named)
    if (found !== undefined) return found
    if (!settles) return [{ type: 'unanswered' }]
    await untilFindable()
    return (await lookUp(named)) ?? [{ type: 'unproven', failure: answer.failure, named }]
  }

  /** Undefined if fal does not know the request. */
  const lookUp = async (named: Named): Promise<Observation[] | undefined> => {
    const { requestId } = named
    const status = await gate.run('look_up', () => fal.status(requestId, { logs: false }))
    if (status.type === 'not_found') return undefined
    if (status.type === 'no_answer') return [{ type: 'unanswered', named }]
    const accepted = { type: 'accepted', requestId, by: 'look_up' } as const
    return status.type === 'complete' ? [accepted] : [accepted, status]
  }

  return {
    addressOf,
    /** When the next send that fal has room for is due, even if it is running here already. */
    nextDueMs: (): number | null => {
      const nowMs = Date.now()
      if (counts.unsent() === 0 || breaker.maxSending() === 0) return null
      if (counts.room(nowMs) === 0) return counts.nextRoomMs(nowMs)
      const atMs = store.nextDueMs('send')
      return atMs === null ? null : Math.max(atMs, nowMs + FALLBACK_MS)
    },
    runDue: pump,
    afterCommit: pump,
    /**
     * Takes a generation that is about to be admitted, if it can be sent in this very turn. Its
     * claim is then stored with it.
     */
    take: ({ id, retryOf }: GenerationRecord, address: Address, nowMs: number) => {
      // For a retry, fal may have to be asked about the original first.
      if (retryOf !== null) return undefined
      // The waiting ones are older.
      if (counts.unsent() > 0 || counts.room(nowMs) === 0) return undefined
      const isClosed = breaker.now().state === 'closed'
      if (!isClosed || inFlight.size >= breaker.maxSending()) return undefined
      const release = gate.enter('submit')
      if (release === undefined) return undefined
      inFlight.add(id)
      const sending = { type: 'sending', videoSig: address.videoSig } as const
      const sendClaimed = async (stored: () => GenerationRecord | undefined) => {
        const written = stored()
        if (written?.status !== 'submitting' || written.sentAtMs === null) return undefined
        return { written, answer: await post(written, address.webhookUrl) }
      }
      const send = async (stored: () => GenerationRecord | undefined): Promise<void> => {
        const sent = await sendClaimed(stored).finally(release)
        if (sent !== undefined) await hear(sent.written, sent.answer)
      }
      return {
        sending,
        /** Called in the same turn. @param stored the generation, or undefined if it is not */
        send: (stored: () => GenerationRecord | undefined): void => follow(id, send(stored)),
      }
    },
    /** Whether its POST is under way here, so its answer is still to come. */
    isSending: (id: string): boolean => inFlight.has(id),
  }
}

/** The draft, the request being sent, and its outcome. */
import { createContext } from 'preact'
import { useContext, useEffect, useRef, useState } from 'preact/hooks'
import type { Generation, GenerationRequest } from '../client/index.ts'
import { usd } from '../contract/words.ts'
import { type Draft, draftOf, EMPTY, readRecipe } from './draft.ts'
import { useKept, useListener } from './hooks.ts'
import { go, parseRoute } from './route.ts'
import { useSession } from './session.ts'
import { type Item, keepSubmission, readSubmission, type Refused, send } from './spend.ts'
import type { Submission } from './spend.ts'
import { Notice } from './ui.tsx'

const NO_STORAGE =
  'Nothing was sent. This browser keeps no data for the page, so a reload could pay twice. Allow storage for this page first.'

/** Sending takes at least this long, so that the second click of a double click pays for nothing. */
const SENDING_MS = 700

/**
 * Sends requests that spend. Double clicks and reloads do not pay twice.
 *
 * @param owner the account or schedule under which storage keeps the submission for a reload
 * @param onEnd gets the ids of the generations that are known
 */
export const useSubmission = (owner: string, onEnd: (ids: readonly string[]) => void) => {
  const { pika, store, toast, refreshUsage } = useSession()
  const [submission, setSubmission] = useState<Submission>()
  const [isSending, setSending] = useState(false)
  const [refusals, setRefusals] = useState<readonly Refused[]>([])
  const isBusy = useRef(false)

  const keep = (open: Submission | undefined) => {
    keepSubmission(owner, open)
    setSubmission(open)
  }
  const carryOut = async (asked: Submission): Promise<void> => {
    if (isBusy.current) return
    try {
      keep(asked)
    } catch {
      return toast(NO_STORAGE, 15_000)
    }
    isBusy.current = true
    setSending(true)
    setRefusals([])
    const minimum = new Promise((resolve) => setTimeout(resolve, SENDING_MS))
    const outcomes = await Promise.all(asked.items.map((item) => send(pika, item)))
    const ids = outcomes.flatMap((outcome) => {
      if (outcome.type === 'unknown') return []
      if (outcome.type === 'refused') return outcome.error.problem?.generation_id ?? []
      const { client_secret: _secret, ...generation } = outcome.generation
      store.put(generation)
      return generation.id
    })
    keep(outcomes.some(({ type }) => type === 'unknown') ? asked : undefined)
    setRefusals(outcomes.filter((outcome) => outcome.type === 'refused'))
    refreshUsage()
    onEnd(ids)
    await minimum
    isBusy.current = false
    setSending(false)
  }
  const checkAgain = () => submission && void carryOut(submission)

  // After a reload during a request, sends again under the same key.
  useEffect(() => {
    const kept = readSubmission(owner)
    if (kept !== undefined) void carryOut(kept)
  }, [owner])
  useListener('online', checkAgain, [submission])

  return {
    /** `unknown`: the gateway may have accepted it. Sending again under the same key finds out. */
    state: isSending ? 'sending' : submission === undefined ? 'idle' : 'unknown',
    submission,
    /** Why the gateway refused items of the last submission. */
    refusals,
    setRefusals,
    spend: (items: readonly Omit<Item, 'key'>[]) =>
      void carryOut({
        items: items.map((item) => ({ ...item, key: crypto.randomUUID() })),
        askedAtMs: Date.now(),
      }),
    /** Sends an unknown submission again, under the same keys. */
    checkAgain,
    forget: () => keep(undefined),
  } as const
}

type UnconfirmedProps = Pick<ReturnType<typeof useSubmission>, 'state' | 'submission' | 'forget'>

export const Unconfirmed = ({ state, submission, forget }: UnconfirmedProps) => {
  const { priceOf } = useSession()
  if (state !== 'unknown' || submission === undefined) return null
  const cost = usd(submission.items.reduce((sum, { body }) => sum + priceOf(draftOf(body)), 0))
  return (
    <Notice
      title="Could not confirm"
      text={`The answer was lost on the way, so it may have cost ${cost}. “Check again” sends the same request under the same idempotency key, so you pay once.`}
    >
      <p class="actions">
        <button onClick={forget}>Leave it</button>
      </p>
    </Notice>
  )
}

const useDraft = (name: string) => {
  const draft = useKept<Draft>(name, EMPTY)
  const change = (fields: Partial<Draft>) => void (draft.value = { ...draft.peek(), ...fields })
  return { draft, change }
}

export const useOpenStudio = () => {
  const { me } = useSession()
  const { draft, change } = useDraft('draft')
  const count = useKept('count', 1)
  const shown = useRef('')
  const sending = useSubmission(me.account_id, (ids) => {
    const { view } = parseRoute(location.hash)
    if (ids.length > 0 && view !== 'schedules' && view !== 'usage') go('generate', ids)
    shown.current = location.hash
  })
  const takeRecipe = () => {
    // Another address clears the refusals.
    if (location.hash !== shown.current) sending.setRefusals([])
    const recipe = readRecipe(location.hash.replace(/^#/, ''))
    if (recipe === undefined) return
    change(recipe)
    history.replaceState(null, '', '#/')
  }
  useEffect(takeRecipe, [])
  useListener('hashchange', takeRecipe)

  return {
    ...sending,
    draft,
    change,
    schedule: useDraft('schedule'),
    count,
    generate: (requests: readonly GenerationRequest[]) =>
      sending.spend(requests.map((body) => ({ body }))),
    retry: ({ id, input }: Generation, acceptDoubleCharge: boolean) =>
      sending.spend([{ body: input, retryOf: id, acceptDoubleCharge }]),
  }
}

export const StudioContext = createContext({} as ReturnType<typeof useOpenStudio>)
export const useStudio = () => useContext(StudioContext)

/** What is being made: the draft, the request that is on its way, and what became of it. */
import { createContext } from 'preact'
import { useContext, useEffect, useRef, useState } from 'preact/hooks'
import type { Generation, GenerationRequest } from '../client/index.ts'
import { type Draft, EMPTY, readRecipe } from './draft.ts'
import { useKept, useListener } from './hooks.ts'
import { go, parseRoute } from './route.ts'
import type { Session, useOpenSession } from './session.ts'
import { type Item, keepSubmission, readSubmission, type Refused, send } from './spend.ts'
import type { Submission } from './spend.ts'

const NO_STORAGE =
  'Nothing was sent. This browser keeps no data for the page, so a reload could pay twice. Allow storage for this page first.'

/** Two clicks within this are one. */
const DOUBLE_CLICK_MS = 700

/**
 * Sends what spends, so that however often a button is pressed or the page reloaded, it is paid
 * for once.
 *
 * @param owner what the submission is kept for, so that a reload finds it
 * @param onEnd called with what is known of each item that is
 */
export const useSubmission = (
  session: Session | undefined,
  owner: string | undefined,
  onEnd: (ids: readonly string[]) => void,
) => {
  const [submission, setSubmission] = useState<Submission>()
  const [state, setState] = useState<'idle' | 'sending' | 'unknown'>('idle')
  const [refusals, setRefusals] = useState<readonly Refused[]>([])
  const isSending = useRef(false)
  const sentAtMs = useRef(-Infinity)
  const storage = () => sessionStorage

  const carryOut = async (asked: Submission): Promise<void> => {
    if (session === undefined || owner === undefined || isSending.current) return
    // However fast the answer to the first click was.
    if (Date.now() - sentAtMs.current < DOUBLE_CLICK_MS) return
    sentAtMs.current = Date.now()
    try {
      keepSubmission(storage, owner, asked)
    } catch {
      return session.toast(NO_STORAGE, { forMs: 15_000 })
    }
    isSending.current = true
    setSubmission(asked)
    setState('sending')
    setRefusals([])
    const outcomes = await Promise.all(asked.items.map((item) => send(session.pika, item)))
    isSending.current = false
    const ids = outcomes.flatMap((outcome) => {
      if (outcome.type !== 'made') return outcome.type === 'refused' ? (outcome.id ?? []) : []
      const { client_secret: _secret, ...generation } = outcome.generation
      session.store.put(generation)
      return generation.id
    })
    const left = outcomes.some(({ type }) => type === 'unknown') ? asked : undefined
    keepSubmission(storage, owner, left)
    setSubmission(left)
    setState(left === undefined ? 'idle' : 'unknown')
    setRefusals(outcomes.filter((outcome) => outcome.type === 'refused'))
    session.refreshUsage()
    onEnd(ids)
  }
  const checkAgain = () => submission && void carryOut(submission)

  // A reload in mid-request asks again under the same key.
  useEffect(() => {
    const kept = owner === undefined ? undefined : readSubmission(storage, owner, Date.now())
    if (kept !== undefined) void carryOut(kept)
  }, [owner])
  useListener('online', () => state === 'unknown' && checkAgain(), [state])

  return {
    /** `unknown`: it may or may not have been taken; asking again under the same key tells. */
    state,
    /** What is on its way, or unknown. */
    submission,
    /** Why the last request, or some of its set, was not taken. */
    refusals,
    setRefusals,
    spend: (items: readonly Omit<Item, 'key'>[]) =>
      void carryOut({
        items: items.map((item) => ({ ...item, key: crypto.randomUUID() })),
        askedAtMs: Date.now(),
      }),
    /** Sends what is unknown again, under the same keys. */
    checkAgain,
    /** Gives up on knowing. */
    forget: () => {
      if (owner !== undefined) keepSubmission(storage, owner, undefined)
      setSubmission(undefined)
      setState('idle')
    },
  }
}

export const useOpenStudio = ({
  session,
  usage,
  liveness,
}: Pick<ReturnType<typeof useOpenSession>, 'session' | 'usage' | 'liveness'>) => {
  const [draft, setDraft] = useKept<Draft>('draft', EMPTY)
  const [count, setCount] = useKept('count', 1)
  const shown = useRef('')
  const sending = useSubmission(session, session?.me.account_id, (ids) => {
    const { view } = parseRoute(location.hash)
    if (ids.length > 0 && view !== 'schedules' && view !== 'usage') go('generate', ids)
    shown.current = location.hash
  })
  const { spend, setRefusals } = sending

  const takeRecipe = () => {
    // A refusal is over when one looks at something else.
    if (location.hash !== shown.current) setRefusals([])
    const recipe = readRecipe(location.hash.replace(/^#/, ''))
    if (recipe === undefined) return
    setDraft(recipe)
    history.replaceState(null, '', '#/')
  }
  useEffect(takeRecipe, [])
  useListener('hashchange', takeRecipe)

  return {
    ...sending,
    draft,
    setDraft,
    count,
    setCount,
    /** Undefined for a key that may not read. */
    usage,
    liveness,
    generate: (requests: readonly GenerationRequest[]) => spend(requests.map((body) => ({ body }))),
    retry: ({ id, input }: Generation, acceptDoubleCharge: boolean) =>
      spend([{ body: input, retryOf: id, ...(acceptDoubleCharge && { acceptDoubleCharge }) }]),
  }
}

type Studio = ReturnType<typeof useOpenStudio>

export const StudioContext = createContext<Studio | undefined>(undefined)

export const useStudio = (): Studio => {
  const studio = useContext(StudioContext)
  if (studio === undefined) throw new Error('a view needs the studio')
  return studio
}

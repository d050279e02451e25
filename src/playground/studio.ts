/** What is being made: the draft, the request that is on its way, and what became of it. */
import { createContext } from 'preact'
import { useCallback, useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Generation, GenerationRequest } from '../client/index.ts'
import type { Session } from './context.ts'
import { type Draft, EMPTY, readRecipe } from './draft.ts'
import { useKept } from './hooks.ts'
import { go, parseRoute } from './route.ts'
import {
  type Item,
  keepSubmission,
  readSubmission,
  type Refused,
  send,
  type Submission,
} from './spend.ts'

export interface Studio {
  readonly draft: Draft
  readonly setDraft: (draft: Draft | ((now: Draft) => Draft)) => void
  readonly count: number
  readonly setCount: (count: number) => void
  /** `unknown`: it may or may not have been taken; asking again under the same key tells. */
  readonly state: 'idle' | 'sending' | 'unknown'
  /** What is on its way, or unknown. */
  readonly submission: Submission | undefined
  /** Why the last request, or some of its set, was not taken. */
  readonly refusals: readonly Refused[]
  readonly generate: (requests: readonly GenerationRequest[]) => void
  readonly retry: (generation: Generation, acceptDoubleCharge?: boolean) => void
  /** Sends what is unknown again, under the same keys. */
  readonly checkAgain: () => void
  /** Gives up on knowing. */
  readonly forget: () => void
}

export const StudioContext = createContext<Studio | undefined>(undefined)

export const useStudio = (): Studio => {
  const studio = useContext(StudioContext)
  if (studio === undefined) throw new Error('a view needs the studio')
  return studio
}

const NO_STORAGE =
  'This browser lets the page keep nothing, so it could not tell after a reload what it had sent. Nothing was sent: allow storage for this page first.'

/** Two clicks within this are one. */
const DOUBLE_CLICK_MS = 700

export const useOpenStudio = (session: Session | undefined): Studio => {
  const [draft, setDraft] = useKept<Draft>('draft', EMPTY, () => localStorage)
  const [count, setCount] = useKept('count', 1, () => localStorage)
  const [submission, setSubmission] = useState<Submission>()
  const [state, setState] = useState<Studio['state']>('idle')
  const [refusals, setRefusals] = useState<readonly Refused[]>([])
  const isSending = useRef(false)
  const sentAtMs = useRef(-Infinity)
  const shown = useRef('')

  useEffect(() => {
    const takeRecipe = () => {
      // What was refused is over once one looks at something else.
      if (location.hash !== shown.current) setRefusals([])
      const recipe = readRecipe(location.hash.replace(/^#/, ''))
      if (recipe === undefined) return
      setDraft(recipe)
      history.replaceState(null, '', '#/')
    }
    takeRecipe()
    addEventListener('hashchange', takeRecipe)
    return () => removeEventListener('hashchange', takeRecipe)
  }, [])

  const carryOut = useCallback(
    async (asked: Submission) => {
      // Two clicks, or a click while a reload asks again, are one.
      if (session === undefined || isSending.current) return
      // However fast the answer was.
      if (Date.now() - sentAtMs.current < DOUBLE_CLICK_MS) return
      sentAtMs.current = Date.now()
      const { items } = asked
      const { account_id: account } = session.me
      try {
        keepSubmission(() => sessionStorage, account, asked)
      } catch {
        return session.toast({ text: NO_STORAGE, forMs: 15_000 })
      }
      isSending.current = true
      setSubmission(asked)
      setState('sending')
      setRefusals([])
      const outcomes = await Promise.all(items.map((item) => send(session.pika, item)))
      isSending.current = false
      const made = outcomes.flatMap((outcome) => (outcome.type === 'made' ? [outcome] : []))
      const refused = outcomes.flatMap((outcome) => (outcome.type === 'refused' ? [outcome] : []))
      for (const { generation } of made) {
        const { client_secret: _secret, ...rest } = generation
        session.store.put(rest)
      }
      const left = outcomes.some(({ type }) => type === 'unknown') ? asked : undefined
      keepSubmission(() => sessionStorage, account, left)
      setSubmission(left)
      setState(left === undefined ? 'idle' : 'unknown')
      setRefusals(refused)
      const ids = outcomes.flatMap((outcome) =>
        outcome.type === 'made'
          ? [outcome.generation.id]
          : outcome.type === 'refused' && outcome.id !== undefined
            ? [outcome.id]
            : [],
      )
      const { view } = parseRoute(location.hash)
      if (ids.length > 0 && view !== 'schedules' && view !== 'usage') go({ view: 'generate', ids })
      shown.current = location.hash
      session.refreshUsage()
    },
    [session?.pika],
  )

  // A reload in mid-request asks again under the same key.
  useEffect(() => {
    if (session === undefined) return
    const kept = readSubmission(() => sessionStorage, session.me.account_id, Date.now())
    if (kept !== undefined) void carryOut(kept)
  }, [carryOut])

  useEffect(() => {
    if (state !== 'unknown' || submission === undefined) return
    const again = () => void carryOut(submission)
    addEventListener('online', again)
    return () => removeEventListener('online', again)
  }, [state, submission, carryOut])

  return useMemo(
    () => ({
      draft,
      setDraft,
      count,
      setCount,
      state,
      submission,
      refusals,
      generate: (requests) =>
        void carryOut({
          items: requests.map((body) => ({ key: crypto.randomUUID(), body })),
          askedAtMs: Date.now(),
        }),
      retry: ({ id, input }, acceptDoubleCharge) => {
        const item: Item = {
          key: crypto.randomUUID(),
          body: input,
          retryOf: id,
          ...(acceptDoubleCharge === undefined ? {} : { acceptDoubleCharge }),
        }
        void carryOut({ items: [item], askedAtMs: Date.now() })
      },
      checkAgain: () => {
        if (submission !== undefined) void carryOut(submission)
      },
      forget: () => {
        keepSubmission(() => sessionStorage, session?.me.account_id ?? '', undefined)
        setSubmission(undefined)
        setState('idle')
      },
    }),
    [draft, count, state, submission, refusals, carryOut],
  )
}

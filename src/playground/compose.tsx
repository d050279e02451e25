/** The form: what to ask for, what it costs, and one button. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { checkRequest, type Draft, type FieldErrors } from './draft.ts'
import { randomSeed, requestOf, variationsOf } from './draft.ts'
import { EXAMPLES, FORCED_OUTCOMES } from './examples.ts'
import { useSession } from './session.ts'
import { Settings } from './settings.tsx'
import { useStudio } from './studio.ts'
import { Chips, focusFirstError, Radios, TextField } from './fields.tsx'
import { localTime, priceOf, usd, whyNotNow } from './words.ts'

const COUNTS = [
  [1, '1', '1 video'],
  [4, '4', '4 variations'],
] as const

/** @param refused what the gateway found wrong with the last request, by field */
export const Compose = ({ refused, onSent }: { refused: FieldErrors; onSent: () => void }) => {
  const { isEmulator, store } = useSession()
  const { draft, setDraft, count, setCount, state, generate, checkAgain } = useStudio()
  const { total, left, blocked } = usePrice()
  const [wasPressed, setPressed] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const [recent] = useState(() => [...new Set(store.all().map(({ input }) => input.prompt))])
  const set = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }))
  const checked = checkRequest(requestOf(draft))
  // An empty prompt is no error before one has pressed the button.
  const errors = { ...(wasPressed && !checked.ok ? checked.errors : {}), ...refused }

  useEffect(() => {
    // On a phone this would open its keyboard over the page.
    const hasMoved = document.activeElement !== null && document.activeElement !== document.body
    if (!hasMoved && matchMedia('(hover: hover)').matches) {
      document.getElementById('prompt')?.focus()
    }
  }, [])
  useEffect(() => {
    if (Object.keys(refused).length > 0) focusFirstError()
  }, [JSON.stringify(refused)])

  const submit = (event: Event) => {
    event.preventDefault()
    if (state === 'unknown') return checkAgain()
    if (state === 'sending' || blocked !== undefined) return
    setPressed(!checked.ok)
    if (!checked.ok) return focusFirstError()
    generate(variationsOf(checked.request, count, randomSeed))
    onSent()
  }
  const submitByKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
    event.preventDefault()
    form.current?.requestSubmit()
  }
  const force = (marker: string) =>
    set({ prompt: `${draft.prompt.replace(/\s*\[emulator:[^\]]*\]/g, '')} ${marker}`.trim() })
  const field = (name: 'prompt' | 'negative_prompt' | 'seed') => ({
    id: name,
    value: draft[name],
    onText: (text: string) => set({ [name]: text }),
    error: errors[name],
  })
  const fillPrompt = (prompt: string) => set({ prompt })
  const isMac = /mac|iphone|ipad/i.test(navigator.userAgent)
  const isMore = draft.seed !== '' || draft.negative_prompt !== '' || 'seed' in errors
  const idle = `${count === 1 ? 'Generate' : `Generate ${count}`} · ${usd(total)}`
  const buttonWords = { sending: 'Sending…', unknown: 'Check again', idle }
  return (
    <form
      class="panel compose"
      ref={form}
      onSubmit={submit}
      onKeyDown={submitByKey}
      noValidate
      aria-label="New video"
    >
      <TextField
        {...field('prompt')}
        label="Prompt"
        aside={`${draft.prompt.length} characters`}
        rows={5}
        placeholder="What happens, where, in which light, and how the camera moves"
      />
      {recent.length === 0 ? (
        <Chips label="Try one of these" chips={EXAMPLES} onPick={fillPrompt} />
      ) : (
        <details class="more">
          <summary>Recent prompts</summary>
          <Chips
            label="Each fills the form and sends nothing"
            chips={recent.slice(0, 5).map((text) => [text, text])}
            onPick={fillPrompt}
          />
        </details>
      )}
      {isEmulator && (
        <details class="more">
          <summary>Force an outcome</summary>
          <Chips
            label="The emulator reads these in the prompt"
            chips={FORCED_OUTCOMES}
            onPick={force}
          />
        </details>
      )}
      <Settings draft={draft} set={set}>
        <Radios legend="Variations" value={count} onChange={setCount} choices={COUNTS} />
      </Settings>
      <details class="more" open={isMore}>
        <summary>More: negative prompt, seed</summary>
        <TextField
          {...field('negative_prompt')}
          label="Negative prompt"
          rows={2}
          placeholder="What to keep out, such as: blurry, text, watermark"
        />
        <TextField {...field('seed')} label="Seed" placeholder="Chosen for you">
          <button type="button" onClick={() => set({ seed: String(randomSeed()) })}>
            New
          </button>
        </TextField>
      </details>
      <div class="press">
        {left !== undefined && (count > 1 || total > left / 4) && blocked === undefined && (
          <p class="note">
            {count === 1 ? 'This takes' : `${count} videos take`} {usd(total)} of the {usd(left)}{' '}
            that you have left. {usd(left - total)} remains.
          </p>
        )}
        {blocked !== undefined && (
          <p class="field-error" id="blocked">
            {blocked}
          </p>
        )}
        <button
          class="primary"
          aria-disabled={state === 'sending' || (state === 'idle' && blocked !== undefined)}
          aria-describedby={blocked === undefined ? undefined : 'blocked'}
        >
          {buttonWords[state]}
          <kbd aria-hidden="true">{isMac ? '⌘' : 'Ctrl'} ↵</kbd>
        </button>
        <Meter />
      </div>
    </form>
  )
}

/** The limit that has least left; undefined if there is none. */
const useTightest = () => useStudio().usage?.limits.toSorted((a, b) => a.left_usd - b.left_usd)[0]

/** What the form costs, what is left before it, and what is in its way. */
const usePrice = () => {
  const { model, may } = useSession()
  const { draft, count, usage } = useStudio()
  const total = priceOf(model.prices, draft) * count
  const blocked = may('generations:write')
    ? whyNotNow(usage?.limits ?? [], total)
    : 'This key may not make videos: it lacks the scope generations:write.'
  return { total, left: useTightest()?.left_usd, blocked }
}

const Meter = () => {
  const tightest = useTightest()
  if (tightest === undefined) return null
  const { limit, limit_usd, spent_usd, resets_at } = tightest
  return (
    <div class="meter" title={`Resets on ${localTime(resets_at)}`}>
      <meter min={0} max={limit_usd} value={spent_usd} aria-label="Spent of the budget" />
      <span class="note">
        {usd(spent_usd)} of {usd(limit_usd)} {limit.endsWith('daily') ? 'today' : 'this month'}
      </span>
    </div>
  )
}

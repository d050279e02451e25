/** The form: what to ask for, what it costs, and one button. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { ASPECT_RATIOS, DURATIONS, RESOLUTIONS } from '../contract/model.ts'
import { useSession } from './context.ts'
import { checkRequest, type Draft, type FieldErrors, randomSeed, requestOf } from './draft.ts'
import { EXAMPLES, FORCED_OUTCOMES } from './examples.ts'
import { priceOf, whyNotNow } from './price.ts'
import type { Studio } from './studio.ts'
import { Field, fieldProps, Radios } from './ui.tsx'
import { localTime, tightest, usd } from './words.ts'

interface ComposeProps {
  readonly draft: Draft
  readonly onDraft: (draft: Draft) => void
  readonly count: number
  readonly onCount: (count: number) => void
  /** What the gateway found wrong with the last request, by field. */
  readonly refused: FieldErrors
  /** What goes on with the last press of the button. */
  readonly state: Studio['state']
  readonly onCheckAgain: () => void
  /** Prompts of the newest videos. */
  readonly recent: readonly string[]
  readonly onGenerate: () => void
}

/** Height of a card's shape; its width follows from the ratio. */
const SHAPE_PX = 22

const Shape = ({ ratio }: { readonly ratio: string }) => {
  const [wide = 1, high = 1] = ratio.split(':').map(Number)
  const scale = SHAPE_PX / Math.max(wide, high)
  return (
    <svg width={SHAPE_PX + 2} height={SHAPE_PX + 2} aria-hidden="true">
      <rect
        x={1 + (SHAPE_PX - wide * scale) / 2}
        y={1 + (SHAPE_PX - high * scale) / 2}
        width={wide * scale}
        height={high * scale}
        rx="2"
      />
    </svg>
  )
}

export const Compose = (props: ComposeProps) => {
  const { draft, onDraft, count, onCount, refused, state, recent } = props
  const { onGenerate, onCheckAgain } = props
  const { model, usage, isEmulator, may } = useSession()
  const [wasPressed, setPressed] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const prompt = useRef<HTMLTextAreaElement>(null)
  const set = (change: Partial<Draft>) => onDraft({ ...draft, ...change })
  const checked = checkRequest(requestOf(draft))
  // An empty prompt is no error before one has pressed the button.
  const errors = { ...(wasPressed && !checked.ok ? checked.errors : {}), ...refused }
  const price = priceOf(model.prices, draft)
  const total = price * count
  const limits = usage?.limits ?? []
  const today = tightest(limits)
  const blocked = may('generations:write')
    ? whyNotNow(limits, total)
    : 'This key may not make videos: it lacks the scope generations:write.'
  const isLarge = today !== undefined && (count > 1 || total > today.left_usd / 4)

  useEffect(() => {
    // On a phone this would open its keyboard over the page.
    const hasMoved = document.activeElement !== null && document.activeElement !== document.body
    if (!hasMoved && matchMedia('(hover: hover)').matches) prompt.current?.focus()
  }, [])
  useEffect(() => {
    if (Object.keys(refused).length > 0) focusFirstError(form.current)
  }, [refused])

  const submit = (event: Event) => {
    event.preventDefault()
    if (state === 'unknown') return onCheckAgain()
    if (state === 'sending' || blocked !== undefined) return
    setPressed(true)
    if (checked.ok) {
      setPressed(false)
      onGenerate()
    } else requestAnimationFrame(() => focusFirstError(form.current))
  }
  const isMac = /mac|iphone|ipad/i.test(navigator.userAgent)
  return (
    <form class="panel compose" ref={form} onSubmit={submit} noValidate aria-label="New video">
      <Field
        id="prompt"
        label="Prompt"
        error={errors['prompt']}
        aside={<span class="note">{draft.prompt.length} characters</span>}
      >
        <textarea
          {...fieldProps('prompt', errors['prompt'])}
          ref={prompt}
          rows={5}
          placeholder="What happens, where, in which light, and how the camera moves"
          value={draft.prompt}
          onInput={(event) => set({ prompt: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
              event.preventDefault()
              form.current?.requestSubmit()
            }
          }}
        />
      </Field>
      {recent.length === 0 ? (
        <Chips label="Try one of these" chips={EXAMPLES} onPick={(prompt) => set({ prompt })} />
      ) : (
        <details class="more">
          <summary>Recent prompts</summary>
          <Chips
            label="Fills the form, and sends nothing"
            chips={recent.map((text) => ({ name: text, text }))}
            onPick={(prompt) => set({ prompt })}
          />
        </details>
      )}
      {isEmulator && (
        <details class="more">
          <summary>Force an outcome</summary>
          <Chips
            label="The emulator reads these out of the prompt"
            chips={FORCED_OUTCOMES}
            onPick={(marker) =>
              set({
                prompt: `${draft.prompt.replace(/\s*\[emulator:[^\]]*\]/g, '')} ${marker}`.trim(),
              })
            }
          />
        </details>
      )}
      <Radios
        kind="cards"
        legend="Aspect ratio"
        value={draft.aspect_ratio}
        onChange={(aspect_ratio) => set({ aspect_ratio })}
        choices={ASPECT_RATIOS.map((value) => ({
          value,
          name: value,
          label: (
            <>
              <Shape ratio={value} />
              {value}
            </>
          ),
        }))}
      />
      <div class="row">
        <Radios
          kind="segments"
          legend="Resolution"
          value={draft.resolution}
          onChange={(resolution) => set({ resolution })}
          choices={RESOLUTIONS.map((value) => ({ value, label: value }))}
        />
        <Radios
          kind="segments"
          legend="Duration"
          value={draft.duration}
          onChange={(duration) => set({ duration })}
          choices={DURATIONS.map((value) => ({ value, label: `${value} s` }))}
        />
        <Radios
          kind="segments"
          legend="Variations"
          value={count}
          onChange={onCount}
          choices={[
            { value: 1, label: '1', name: '1 video' },
            { value: 4, label: '4', name: '4 variations' },
          ]}
        />
      </div>
      <details
        class="more"
        open={draft.seed !== '' || draft.negative_prompt !== '' || 'seed' in errors}
      >
        <summary>More: negative prompt, seed</summary>
        <Field id="negative" label="Negative prompt" error={errors['negative_prompt']}>
          <textarea
            {...fieldProps('negative', errors['negative_prompt'])}
            rows={2}
            placeholder="What to keep out, such as: blurry, text, watermark"
            value={draft.negative_prompt}
            onInput={(event) => set({ negative_prompt: event.currentTarget.value })}
          />
        </Field>
        <Field id="seed" label="Seed" error={errors['seed']}>
          <div class="joined">
            <input
              {...fieldProps('seed', errors['seed'])}
              inputMode="numeric"
              placeholder="Chosen for you"
              value={draft.seed}
              onInput={(event) => set({ seed: event.currentTarget.value })}
            />
            <button type="button" onClick={() => set({ seed: String(randomSeed()) })}>
              New
            </button>
          </div>
        </Field>
      </details>
      <div class="press">
        {isLarge && blocked === undefined && (
          <p class="note">
            {count === 1 ? 'This takes' : `${count} videos take`} {usd(total)} of the{' '}
            {usd(today.left_usd)} that are left; {usd(today.left_usd - total)} stays.
          </p>
        )}
        {blocked !== undefined && (
          <p class="field-error" id="blocked">
            {blocked}
          </p>
        )}
        <button
          class="primary"
          type="submit"
          aria-disabled={state === 'sending' || (state === 'idle' && blocked !== undefined)}
          aria-describedby={blocked === undefined ? undefined : 'blocked'}
        >
          {state === 'sending'
            ? 'Sending…'
            : state === 'unknown'
              ? 'Check again'
              : `${count === 1 ? 'Generate' : `Generate ${count}`} · ${usd(total)}`}
          <kbd aria-hidden="true">{isMac ? '⌘' : 'Ctrl'} ↵</kbd>
        </button>
        {today !== undefined && (
          <div class="meter" title={`Starts afresh on ${localTime(today.resets_at)}`}>
            <meter
              min={0}
              max={today.limit_usd}
              value={today.spent_usd}
              aria-label="Spent of the budget"
            />
            <span class="note">
              {usd(today.spent_usd)} of {usd(today.limit_usd)}{' '}
              {today.limit.endsWith('daily') ? 'today' : 'this month'}
            </span>
          </div>
        )}
      </div>
    </form>
  )
}

interface ChipsProps {
  readonly label: string
  readonly chips: readonly { readonly name: string; readonly text: string }[]
  readonly onPick: (text: string) => void
}

const Chips = ({ label, chips, onPick }: ChipsProps) => (
  <div class="chips" role="group" aria-label={label}>
    <span class="note">{label}</span>
    {chips.map(({ name, text }) => (
      <button key={name} type="button" title={text} onClick={() => onPick(text)}>
        {name}
      </button>
    ))}
  </div>
)

const focusFirstError = (form: HTMLFormElement | null) =>
  form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()

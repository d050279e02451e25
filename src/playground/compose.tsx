/** The form: the request, its price, and one button. */
import { useEffect, useState } from 'preact/hooks'
import { faultsOf } from '../contract/problem.ts'
import { generationRequest } from '../contract/input.ts'
import { usd } from '../contract/words.ts'
import { byField, randomSeed, requestOf, variationsOf } from './draft.ts'
import { EXAMPLES, FORCED_OUTCOMES } from './examples.ts'
import { Chips, chosen, fieldsOf, focusFirstError, Radios, Field } from './fields.tsx'
import { useSession } from './session.ts'
import { Settings } from './settings.tsx'
import { useStudio } from './studio.tsx'
import { Fold } from './ui.tsx'
import { explain, localTime, whyNotNow } from './words.ts'

export const Compose = () => {
  const { isEmulator, store, priceOf, may, usage } = useSession()
  const studio = useStudio()
  const { state, refusals, change, generate, checkAgain } = studio
  const [draft, count] = [studio.draft.value, studio.count.value]
  const [wasPressed, setPressed] = useState(false)
  const [recent] = useState(() => {
    const prompts = store.ids().map((id) => store.get(id)?.input.prompt ?? '')
    return [...new Set(prompts)].slice(0, 5).map((text) => [text, text] as const)
  })
  const fillPrompt = (prompt: string) => change({ prompt })

  const checked = generationRequest.safeParse(requestOf(draft))
  // An empty prompt is an error only once the user has pressed the button.
  const own = wasPressed ? byField(faultsOf(checked.error)) : {}
  const errors = { ...own, ...explain(refusals[0]?.error).fields }
  const field = fieldsOf(draft, change, errors)
  const total = priceOf(draft) * count
  const limits = usage.value?.limits ?? []
  const tightest = limits.toSorted((a, b) => a.left_usd - b.left_usd)[0]
  const blocked = may('generations:write')
    ? whyNotNow(limits, total)
    : 'This key may not make videos: it lacks the scope generations:write.'

  useEffect(() => {
    // Not on a phone, where the focus would open the keyboard over the page.
    const isFree = document.activeElement === document.body && matchMedia('(hover: hover)').matches
    if (isFree) document.getElementById('prompt')?.focus()
  }, [])
  useEffect(() => (refusals.length > 0 ? focusFirstError() : undefined), [refusals])

  const submit = (event: Event) => {
    event.preventDefault()
    if (state === 'unknown') return checkAgain()
    if (state === 'sending' || blocked !== undefined) return
    setPressed(!checked.success)
    if (!checked.success) return focusFirstError()
    generate(variationsOf(checked.data, count, randomSeed))
  }
  const submitByKey = (event: KeyboardEvent & { currentTarget: HTMLFormElement }) => {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
    event.preventDefault()
    event.currentTarget.requestSubmit()
  }
  const force = (marker: string) =>
    fillPrompt(`${draft.prompt.replace(/\s*\[emulator:[^\]]*\]/g, '')} ${marker}`.trim())
  const isMac = /mac|iphone|ipad/i.test(navigator.userAgent)
  const idle = `${count === 1 ? 'Generate' : `Generate ${count}`} · ${usd(total)}`
  return (
    <form
      class="panel compose"
      onSubmit={submit}
      onKeyDown={submitByKey}
      noValidate
      aria-label="New video"
    >
      <Field
        {...field('prompt')}
        label="Prompt"
        aside={`${draft.prompt.length} characters`}
        rows={5}
        placeholder="What happens, where, in which light, and how the camera moves"
      />
      {recent.length === 0 ? (
        <Chips label="Try one of these" chips={EXAMPLES} onPick={fillPrompt} />
      ) : (
        <Fold title="Recent prompts">
          <Chips label="Each fills the form and sends nothing" chips={recent} onPick={fillPrompt} />
        </Fold>
      )}
      {isEmulator && (
        <Fold title="Force an outcome">
          <Chips
            label="The emulator reads these in the prompt"
            chips={FORCED_OUTCOMES}
            onPick={force}
          />
        </Fold>
      )}
      <Settings field={field}>
        <Radios
          legend="Variations"
          {...chosen(studio.count)}
          options={[1, 4]}
          draw={(number) => [number, number > 1 && <span class="unseen"> variations</span>]}
        />
      </Settings>
      <div class="press">
        {blocked === undefined && tightest && (count > 1 || total > tightest.left_usd / 4) && (
          <p class="note">
            {`${count === 1 ? 'This takes' : `${count} videos take`} ${usd(total)} of the ` +
              `${usd(tightest.left_usd)} left. ${usd(tightest.left_usd - total)} remains.`}
          </p>
        )}
        <p class={blocked && 'field-error'} id="blocked">
          {blocked}
        </p>
        <button
          class="primary"
          aria-disabled={state === 'sending' || (state === 'idle' && blocked !== undefined)}
          aria-describedby="blocked"
        >
          {{ sending: 'Sending…', unknown: 'Check again', idle }[state]}
          <kbd aria-hidden="true">{isMac ? '⌘' : 'Ctrl'} ↵</kbd>
        </button>
        {tightest && (
          <div class="meter" title={`Resets on ${localTime(tightest.resets_at)}`}>
            <meter max={tightest.limit_usd} value={tightest.spent_usd} aria-label="Budget spent" />
            <span class="note">
              {usd(tightest.spent_usd)} of {usd(tightest.limit_usd)}{' '}
              {tightest.limit.endsWith('daily') ? 'today' : 'this month'}
            </span>
          </div>
        )}
      </div>
    </form>
  )
}

/** A new schedule: what, when, where on earth, and what it costs a month before it is made. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Schedule, SchedulePreview, ScheduleRequest } from '../client/index.ts'
import { ASPECT_RATIOS, DURATIONS, RESOLUTIONS } from '../contract/model.ts'
import { scheduleRequest } from '../contract/schedule.ts'
import { useSession } from './context.ts'
import { type Draft, type FieldErrors, requestOf } from './draft.ts'
import { explain } from './errors.ts'
import { cronWords } from './schedules-cron.ts'
import { timeIn } from './schedules-words.ts'
import { Field, fieldProps, Radios } from './ui.tsx'
import { usd } from './words.ts'

interface ScheduleFormProps {
  readonly draft: Draft
  readonly onMade: (made: Schedule) => void
  /** Undefined where there is nothing else to see. */
  readonly onCancel: (() => void) | undefined
}

const EVERY = [
  { name: 'Every day', cron: '0 9 * * *' },
  { name: 'Weekdays', cron: '0 9 * * 1-5' },
  { name: 'Every Monday', cron: '0 9 * * 1' },
  { name: 'First of the month', cron: '0 9 1 * *' },
] as const

const HERE = new Intl.DateTimeFormat().resolvedOptions().timeZone
const zones = (): readonly string[] => [
  ...new Set([HERE, 'UTC', ...Intl.supportedValuesOf('timeZone')]),
]

/** How long after a key press the gateway is asked what that would mean. */
const PREVIEW_AFTER_MS = 300

/** What it is about and what it is called for want of a name. */
const nameOf = (prompt: string): string =>
  prompt.trim().split(/\s+/).slice(0, 6).join(' ').slice(0, 100)

export const ScheduleForm = ({ draft, onMade, onCancel }: ScheduleFormProps) => {
  const { pika, announce } = useSession()
  const [input, setInput] = useState(draft)
  const [name, setName] = useState('')
  const [cron, setCron] = useState<string>(EVERY[0].cron)
  const [timezone, setTimezone] = useState(HERE)
  const [wasPressed, setPressed] = useState(false)
  const [isSending, setSending] = useState(false)
  const [refusal, setRefusal] = useState<unknown>()
  // One key for this form: however often it is sent, one schedule comes of it.
  const idempotencyKey = useRef(crypto.randomUUID())
  const form = useRef<HTMLFormElement>(null)
  const request = {
    name: name.trim() || nameOf(input.prompt),
    cron: cron.trim(),
    timezone,
    input: requestOf(input),
  } as ScheduleRequest
  const own = faults(request)
  const { preview, error } = usePreview(request)
  const meaning = cronWords(cron)
  const refused = explain(refusal ?? error ?? '').fields
  const errors = { ...refused, ...(wasPressed ? own : {}) }
  const month = preview === undefined ? undefined : usd(preview.projected_monthly_usd)
  const set = (change: Partial<Draft>) => setInput({ ...input, ...change })
  // Another request must not go under a key that may have been taken for the last one.
  const body = JSON.stringify(request)
  useEffect(() => {
    idempotencyKey.current = crypto.randomUUID()
    setRefusal(undefined)
  }, [body])

  const focusFirst = () =>
    requestAnimationFrame(() =>
      form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus(),
    )
  const submit = async (event: Event) => {
    event.preventDefault()
    setPressed(true)
    if (isSending) return
    if (Object.keys(own).length > 0) return void focusFirst()
    setSending(true)
    try {
      const made = await pika.schedules.create(request, { idempotencyKey: idempotencyKey.current })
      announce(`Made: ${made.name}`)
      onMade(made)
    } catch (error) {
      setRefusal(error)
      focusFirst()
    } finally {
      setSending(false)
    }
  }
  return (
    <form
      class="panel columns"
      ref={form}
      onSubmit={(event) => void submit(event)}
      noValidate
      aria-label="New schedule"
    >
      <div class="stack">
        <Field id="schedule-prompt" label="Prompt" error={errors['input.prompt']}>
          <textarea
            {...fieldProps('schedule-prompt', errors['input.prompt'])}
            rows={3}
            placeholder="May use {{date}}, {{time}}, {{weekday}} and {{run_number}}"
            value={input.prompt}
            onInput={(event) => set({ prompt: event.currentTarget.value })}
          />
        </Field>
        <Field id="schedule-name" label="Name" error={errors['name']}>
          <input
            {...fieldProps('schedule-name', errors['name'])}
            placeholder={nameOf(input.prompt) || 'What you will know it by'}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </Field>
        <div class="row">
          <Radios
            kind="segments"
            legend="Resolution"
            value={input.resolution}
            onChange={(resolution) => set({ resolution })}
            choices={RESOLUTIONS.map((value) => ({ value, label: value }))}
          />
          <Radios
            kind="segments"
            legend="Duration"
            value={input.duration}
            onChange={(duration) => set({ duration })}
            choices={DURATIONS.map((value) => ({ value, label: `${value} s` }))}
          />
        </div>
        <Radios
          kind="segments"
          legend="Aspect ratio"
          value={input.aspect_ratio}
          onChange={(aspect_ratio) => set({ aspect_ratio })}
          choices={ASPECT_RATIOS.map((value) => ({ value, label: value }))}
        />
      </div>
      <div class="stack">
        <Field
          id="cron"
          label="When, as cron"
          error={errors['cron']}
          aside={<span class="note">minute hour day month weekday</span>}
        >
          <input
            {...fieldProps('cron', errors['cron'])}
            spellcheck={false}
            autocomplete="off"
            value={cron}
            onInput={(event) => setCron(event.currentTarget.value)}
          />
        </Field>
        <div class="chips" role="group" aria-label="Common times">
          {EVERY.map((each) => (
            <button key={each.cron} type="button" onClick={() => setCron(each.cron)}>
              {each.name}
            </button>
          ))}
        </div>
        <Field id="timezone" label="Time zone" error={errors['timezone']}>
          <select
            {...fieldProps('timezone', errors['timezone'])}
            value={timezone}
            onChange={(event) => setTimezone(event.currentTarget.value)}
          >
            {useMemo(zones, []).map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </select>
        </Field>
        <Outlook meaning={meaning} preview={preview} error={errors['cron']} />
        {refusal !== undefined && Object.keys(refused).length === 0 && (
          <p class="field-error" role="alert">
            {explain(refusal).title}. {explain(refusal).text}
          </p>
        )}
        <div class="actions">
          <button class="primary" type="submit" aria-disabled={isSending}>
            {isSending
              ? 'Sending…'
              : `Create schedule${month === undefined ? '' : ` · about ${month} a month`}`}
          </button>
          {onCancel !== undefined && (
            <button type="button" onClick={onCancel}>
              Cancel
            </button>
          )}
        </div>
      </div>
    </form>
  )
}

interface OutlookProps {
  readonly meaning: string | undefined
  readonly preview:
    | Pick<SchedulePreview, 'next_runs' | 'projected_monthly_usd' | 'timezone'>
    | undefined
  readonly error: string | undefined
}

/** What it means: in words, the next five times, and money. */
export const Outlook = ({ meaning, preview, error }: OutlookProps) => (
  <div class="outlook" aria-live="polite">
    <p>
      <strong>{error === undefined ? (meaning ?? ' ') : ' '}</strong>
    </p>
    {preview !== undefined && (
      <>
        <ol>
          {preview.next_runs.map((iso) => (
            <li key={iso}>
              <time dateTime={iso}>{timeIn(iso, preview.timezone)}</time>
              {preview.timezone !== HERE && <span class="note"> · {timeIn(iso, HERE)} here</span>}
            </li>
          ))}
        </ol>
        {preview.next_runs.length === 0 && <p class="note">There is no such time.</p>}
        <p>
          About <strong>{usd(preview.projected_monthly_usd)}</strong> a month
        </p>
      </>
    )}
  </div>
)

/** What the contract finds wrong, by path. */
const faults = (request: unknown): FieldErrors => {
  const read = scheduleRequest.safeParse(request)
  const issues = read.success ? [] : read.error.issues
  const found = Object.fromEntries(issues.map(({ path, message }) => [path.join('.'), message]))
  // A name is made of the prompt: where that is missing, one is told of the prompt alone.
  if (found['input.prompt'] !== undefined) delete found['name']
  return found
}

/** What the gateway says that it would do; asked a moment after the last key press. */
const usePreview = (request: ScheduleRequest) => {
  const { pika } = useSession()
  const [preview, setPreview] = useState<SchedulePreview>()
  const [error, setError] = useState<unknown>()
  // Times and cost depend on neither name nor prompt, which may still be missing.
  const about = { ...request, name: 'x', input: { ...request.input, prompt: 'x' } }
  useEffect(() => {
    const asking = new AbortController()
    const timer = setTimeout(() => {
      pika.schedules.preview(about, { signal: asking.signal }).then(
        (preview) => {
          setPreview(preview)
          setError(undefined)
        },
        (error: unknown) => {
          if (asking.signal.aborted) return
          setPreview(undefined)
          setError(error)
        },
      )
    }, PREVIEW_AFTER_MS)
    return () => {
      clearTimeout(timer)
      asking.abort()
    }
  }, [pika, JSON.stringify(about)])
  return { preview, error }
}

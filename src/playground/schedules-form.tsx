/** A new schedule: what, when, in which zone, and what it costs a month before it is made. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { SchedulePreview, ScheduleRequest } from '../client/index.ts'
import { sleep } from '../client/patience.ts'
import { scheduleRequest } from '../contract/schedule.ts'
import { type Draft, type FieldErrors, requestOf } from './draft.ts'
import { explain } from './errors.ts'
import { useAnswer } from './hooks.ts'
import { go } from './route.ts'
import { cronWords } from './schedules-cron.ts'
import { timeIn } from './schedules-words.ts'
import { useSession } from './session.ts'
import { Settings } from './settings.tsx'
import { Chips, Field, focusFirstError, Select, TextField } from './fields.tsx'
import { Notice } from './ui.tsx'
import { usd } from './words.ts'

const EVERY = [
  ['Every day', '0 9 * * *'],
  ['Weekdays', '0 9 * * 1-5'],
  ['Every Monday', '0 9 * * 1'],
  ['First of the month', '0 9 1 * *'],
] as const

const HERE = new Intl.DateTimeFormat().resolvedOptions().timeZone
const ZONES = [...new Set([HERE, 'UTC', ...Intl.supportedValuesOf('timeZone')])].map(
  (zone) => [zone, zone] as const,
)

/** How long after a key press the gateway is asked what that would mean. */
const PREVIEW_AFTER_MS = 300

/** What a schedule without a name is called. */
const nameOf = (prompt: string): string =>
  prompt.trim().split(/\s+/).slice(0, 6).join(' ').slice(0, 100)

/** `onCancel` is undefined if there is nothing else to see. */
type ScheduleFormProps = { draft: Draft; onCancel: (() => void) | undefined }

export const ScheduleForm = ({ draft, onCancel }: ScheduleFormProps) => {
  const { pika } = useSession()
  const [input, setInput] = useState(draft)
  const [name, setName] = useState('')
  const [cron, setCron] = useState<string>(EVERY[0][1])
  const [timezone, setTimezone] = useState(HERE)
  const [wasPressed, setPressed] = useState(false)
  const [isSending, setSending] = useState(false)
  const [refusal, setRefusal] = useState<unknown>()
  // One key for this form: however often it is sent, one schedule comes of it.
  const idempotencyKey = useRef('')
  const set = (change: Partial<Draft>) => setInput({ ...input, ...change })
  const request = {
    name: name.trim() || nameOf(input.prompt),
    cron: cron.trim(),
    timezone,
    input: requestOf(input),
  } as ScheduleRequest
  const { preview, error } = usePreview(request)
  const own = faults(request)
  const refused = explain(refusal ?? error)
  const errors = { ...refused.fields, ...(wasPressed ? own : {}) }
  // Another request must not go under a key that may have been taken for the last one.
  useEffect(() => {
    idempotencyKey.current = crypto.randomUUID()
    setRefusal(undefined)
  }, [JSON.stringify(request)])

  const submit = (event: Event) => {
    event.preventDefault()
    setPressed(true)
    if (isSending) return
    if (Object.keys(own).length > 0) return focusFirstError()
    setSending(true)
    pika.schedules
      .create(request, { idempotencyKey: idempotencyKey.current })
      .then(({ id }) => go('schedules', [id]))
      .catch((error: unknown) => {
        setSending(false)
        setRefusal(error)
        focusFirstError()
      })
  }
  const cost = preview && ` · about ${usd(preview.projected_monthly_usd)} a month`
  return (
    <form class="panel columns" onSubmit={submit} noValidate aria-label="New schedule">
      <div class="stack">
        <TextField
          id="schedule-prompt"
          label="Prompt"
          rows={3}
          placeholder="It may use {{date}}, {{time}}, {{weekday}} and {{run_number}}"
          value={input.prompt}
          onText={(prompt) => set({ prompt })}
          error={errors['input.prompt']}
        />
        <TextField
          id="schedule-name"
          label="Name"
          placeholder={nameOf(input.prompt) || 'What you will know it by'}
          value={name}
          onText={setName}
          error={errors['name']}
        />
        <Settings draft={input} set={set} />
      </div>
      <div class="stack">
        <TextField
          id="cron"
          label="When, as cron"
          aside="minute hour day month weekday"
          value={cron}
          onText={setCron}
          error={errors['cron']}
        />
        <Chips label="Common times" chips={EVERY} onPick={setCron} />
        <Field id="timezone" label="Time zone" error={errors['timezone']}>
          <Select id="timezone" value={timezone} options={ZONES} onChange={setTimezone} />
        </Field>
        <Outlook cron={errors['cron'] === undefined ? cron : undefined} preview={preview} />
        {refusal !== undefined && Object.keys(refused.fields).length === 0 && (
          <Notice {...refused} />
        )}
        <div class="actions">
          <button class="primary" aria-disabled={isSending}>
            {isSending ? 'Sending…' : ['Create schedule', cost]}
          </button>
          {onCancel && (
            <button type="button" onClick={onCancel}>
              Cancel
            </button>
          )}
        </div>
      </div>
    </form>
  )
}

/** The cron expression is undefined if it cannot be read. */
type OutlookProps = {
  cron: string | undefined
  preview?: Pick<SchedulePreview, 'next_runs' | 'projected_monthly_usd' | 'timezone'> | undefined
}

/** What it means: in words, the next five times, and money. */
export const Outlook = ({ cron, preview }: OutlookProps) => (
  <div class="outlook" aria-live="polite">
    <p>
      <strong>{cron && cronWords(cron)}</strong>
    </p>
    <ol>
      {preview?.next_runs.map((iso) => (
        <li key={iso}>
          <time dateTime={iso}>{timeIn(iso, preview.timezone)}</time>
          {preview.timezone !== HERE && <span class="note"> · {timeIn(iso, HERE)} here</span>}
        </li>
      ))}
    </ol>
    {preview?.next_runs.length === 0 && <p class="note">There is no such time.</p>}
    {preview && (
      <p>
        About <strong>{usd(preview.projected_monthly_usd)}</strong> a month
      </p>
    )}
  </div>
)

/** What the contract finds wrong, by path. */
const faults = (request: unknown): FieldErrors => {
  const { error } = scheduleRequest.safeParse(request)
  const issues = (error?.issues ?? []).map(({ path, message }) => [path.join('.'), message])
  const found: Record<string, string> = Object.fromEntries(issues)
  // A name is made of the prompt: without a prompt, that is all there is to say.
  if (found['input.prompt'] !== undefined) delete found['name']
  return found
}

/** What the gateway says that it would do; asked a moment after the last key press. */
const usePreview = (request: ScheduleRequest) => {
  const { pika } = useSession()
  // Times and cost depend on neither name nor prompt, which may still be missing.
  const about = { ...request, name: 'x', input: { ...request.input, prompt: 'x' } }
  const { answer, error } = useAnswer(
    async (signal) => {
      await sleep(PREVIEW_AFTER_MS, signal)
      return pika.schedules.preview(about, { signal })
    },
    [JSON.stringify(about)],
  )
  return { preview: error === undefined ? answer : undefined, error }
}

/** The form for a new schedule, with a preview of its times and monthly cost. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { ScheduleRequest } from '../client/index.ts'
import { sleep } from '../client/patience.ts'
import { faultsOf } from '../contract/problem.ts'
import { scheduleRequest } from '../contract/schedule.ts'
import { usd } from '../contract/words.ts'
import { byField, requestOf } from './draft.ts'
import { Chips, Field, fieldsOf, focusFirstError } from './fields.tsx'
import { useAnswer } from './hooks.ts'
import { addressOf, go } from './route.ts'
import { HERE, Outlook } from './schedules-one.tsx'
import { useSession } from './session.ts'
import { Settings } from './settings.tsx'
import { useStudio } from './studio.tsx'
import { Notice } from './ui.tsx'
import { explain } from './words.ts'

const EVERY: [name: string, cron: string][] = [
  ['Every day', '0 9 * * *'],
  ['Weekdays', '0 9 * * 1-5'],
  ['Every Monday', '0 9 * * 1'],
  ['First of the month', '0 9 1 * *'],
]

const ZONES = [...new Set([HERE, 'UTC', ...Intl.supportedValuesOf('timeZone')])]

/** How long after a key press the page requests a preview. */
const PREVIEW_AFTER_MS = 300

const defaultNameOf = (prompt: string): string =>
  prompt.trim().split(/\s+/).slice(0, 6).join(' ').slice(0, 100) || 'My schedule'

export const ScheduleForm = ({ canCancel }: { canCancel: boolean }) => {
  const { pika } = useSession()
  const { draft, change } = useStudio().schedule
  const [form, setForm] = useState({ name: '', cron: '0 9 * * *', timezone: HERE })
  const [wasPressed, setPressed] = useState(false)
  const [isSending, setSending] = useState(false)
  const [refusal, setRefusal] = useState<unknown>()
  const set = (fields: Partial<typeof form>) => setForm({ ...form, ...fields })
  const { name, cron, timezone } = form
  const defaultName = defaultNameOf(draft.value.prompt)
  const times = { cron: cron.trim(), timezone, input: requestOf(draft.value) }
  const request = { ...times, name: name.trim() || defaultName } as ScheduleRequest
  // The prompt, which may still be missing, affects neither times nor cost.
  const about = { ...times, input: { ...times.input, prompt: 'x' } }
  const { answer, error } = useAnswer(
    async (signal) => {
      await sleep(PREVIEW_AFTER_MS, signal)
      return pika.schedules.preview(about, { signal })
    },
    [JSON.stringify(about)],
  )
  const preview = error === undefined ? answer : undefined
  const checked = scheduleRequest.safeParse(request)
  const refused = explain(refusal ?? error)
  const own = wasPressed ? byField(faultsOf(checked.error)) : {}
  const errors = { ...refused.fields, ...own }
  const text = JSON.stringify(request)
  // Sending again makes no second schedule. A changed request needs a new key: the gateway may
  // already have used this one.
  const idempotencyKey = useMemo(() => crypto.randomUUID(), [text])
  useEffect(() => setRefusal(undefined), [text])

  const submit = (event: Event) => {
    event.preventDefault()
    setPressed(true)
    if (isSending) return
    if (!checked.success) return focusFirstError()
    setSending(true)
    pika.schedules.create(request, { idempotencyKey }).then(
      ({ id }) => go('schedules', [id]),
      (error: unknown) => {
        setSending(false)
        setRefusal(error)
        focusFirstError()
      },
    )
  }
  const field = fieldsOf(form, set, errors)
  const video = fieldsOf(draft.value, change, errors)
  const cost = preview && ` · about ${usd(preview.projected_monthly_usd)} a month`
  return (
    <form class="panel columns" onSubmit={submit} noValidate aria-label="New schedule">
      <div class="stack">
        <Field
          {...video('prompt')}
          label="Prompt"
          rows={3}
          placeholder="It may use {{date}}, {{time}}, {{weekday}} and {{run_number}}"
        />
        <Field {...field('name')} label="Name" placeholder={defaultName} />
        <Settings field={video} />
      </div>
      <div class="stack">
        <Field {...field('cron')} label="When, as cron" aside="minute hour day month weekday" />
        <Chips label="Common times" chips={EVERY} onPick={(cron) => set({ cron })} />
        <Field {...field('timezone')} label="Time zone" options={ZONES} />
        <Outlook cron={errors['cron'] === undefined ? cron : undefined} preview={preview} />
        {refusal !== undefined && Object.keys(refused.fields).length === 0 && (
          <Notice {...refused} />
        )}
        <div class="actions">
          <button class="primary" aria-disabled={isSending}>
            {isSending ? 'Sending…' : ['Create schedule', cost]}
          </button>
          {canCancel && (
            <a class="button" href={addressOf('schedules')}>
              Cancel
            </a>
          )}
        </div>
      </div>
    </form>
  )
}

/** What is to come of a schedule: in words, the next five times, and money. */
import type { SchedulePreview } from '../client/index.ts'
import { cronWords, timeIn } from './schedules-words.ts'
import { usd } from './words.ts'

export const HERE = new Intl.DateTimeFormat().resolvedOptions().timeZone

/** The cron expression is undefined if it cannot be read. */
type OutlookProps = {
  cron: string | undefined
  preview?: Pick<SchedulePreview, 'next_runs' | 'projected_monthly_usd' | 'timezone'> | undefined
}

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

/** Says why something could not be shown, and offers to try again. */
import { explain } from './errors.ts'

interface FailedProps {
  readonly error: unknown
  readonly onAgain: () => void
}

export const Failed = ({ error, onAgain }: FailedProps) => {
  const { title, text } = explain(error)
  return (
    <div class="notice bad" role="alert">
      <strong>{title}</strong>
      <p>{text}</p>
      <p class="actions">
        <button type="button" onClick={onAgain}>
          Try again
        </button>
      </p>
    </div>
  )
}

/** The request beside the form: the JSON that will be sent, and the code that sends it. */
import { useRef, useState } from 'preact/hooks'
import { checkRequest, type Draft, draftOf, requestOf, writeRecipe } from './draft.ts'
import { LANGUAGES, sampleOf } from './samples.ts'
import { Copy, Tabs } from './ui.tsx'

interface RequestProps {
  readonly draft: Draft
  readonly onDraft: (draft: Draft) => void
}

export const Request = ({ draft, onDraft }: RequestProps) => {
  const request = requestOf(draft)
  const json = JSON.stringify(request, null, 2)
  const [language, setLanguage] = useState<(typeof LANGUAGES)[number]>('curl')
  const code = () => sampleOf(language, request, location.origin)
  return (
    <section class="panel request" aria-label="The request">
      <Tabs
        label="The request"
        tabs={[
          {
            name: 'JSON',
            panel: () => (
              <>
                <div class="actions">
                  <Copy text={() => json}>Copy</Copy>
                  <PasteJson onDraft={onDraft} />
                </div>
                <pre tabIndex={0}>{json}</pre>
              </>
            ),
          },
          {
            name: 'Code',
            panel: () => (
              <>
                <div class="actions">
                  <select
                    aria-label="Language"
                    value={language}
                    onChange={(event) => setLanguage(event.currentTarget.value as typeof language)}
                  >
                    {LANGUAGES.map((name) => (
                      <option key={name}>{name}</option>
                    ))}
                  </select>
                  <Copy text={code}>Copy</Copy>
                </div>
                <pre tabIndex={0}>{code()}</pre>
                <p class="note">
                  It reads the key from <code>PIKA_EDGE_API_KEY</code>.
                </p>
              </>
            ),
          },
        ]}
      >
        <Copy
          class="quiet"
          text={() => `${location.origin}${location.pathname}#${writeRecipe(request)}`}
        >
          Copy as link
        </Copy>
      </Tabs>
    </section>
  )
}

const PasteJson = ({ onDraft }: Pick<RequestProps, 'onDraft'>) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState('')
  const [error, setError] = useState<string>()
  const take = (event: Event) => {
    event.preventDefault()
    const wrong = readJson(text, onDraft)
    setError(wrong)
    if (wrong === undefined) dialog.current?.close()
  }
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        Paste JSON
      </button>
      <dialog ref={dialog} aria-labelledby="paste-title">
        <form onSubmit={take}>
          <h2 id="paste-title">Paste a request</h2>
          <textarea
            aria-label="JSON"
            aria-invalid={error !== undefined}
            rows={10}
            spellcheck={false}
            placeholder={'{ "prompt": "…", "aspect_ratio": "9:16" }'}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          {error !== undefined && (
            <p class="field-error" role="alert">
              {error}
            </p>
          )}
          <p class="actions">
            <button class="primary" type="submit">
              Fill the form
            </button>
            <button type="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
          </p>
        </form>
      </dialog>
    </>
  )
}

/** Fills the form with a request as JSON; or says why it does not. */
const readJson = (text: string, onDraft: (draft: Draft) => void): string | undefined => {
  let request: unknown
  try {
    request = JSON.parse(text)
  } catch {
    return 'This is not JSON.'
  }
  const checked = checkRequest(request)
  if (!checked.ok) {
    return Object.entries(checked.errors)
      .map(([field, message]) => `${field} ${message}`)
      .join('; ')
  }
  onDraft(draftOf(checked.request))
}

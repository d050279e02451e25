/** The request beside the form: the JSON that will be sent, and the code that sends it. */
import { useState } from 'preact/hooks'
import { checkRequest, type Draft, draftOf, requestOf, writeRecipe } from './draft.ts'
import { quietly } from './key.ts'
import { LANGUAGES, sampleOf } from './samples.ts'
import { useStudio } from './studio.ts'
import { Select, TextField } from './fields.tsx'
import { Copy, Dialog, Tabs } from './ui.tsx'

export const Request = () => {
  const { draft, setDraft } = useStudio()
  const [language, setLanguage] = useState<(typeof LANGUAGES)[number]>('curl')
  const [isPasting, setPasting] = useState(false)
  const request = requestOf(draft)
  const json = JSON.stringify(request, null, 2)
  const code = () => sampleOf(language, request, location.origin)
  const link = () => `${location.origin}${location.pathname}#${writeRecipe(request)}`
  return (
    <section class="panel request" aria-label="The request">
      <Tabs
        label="The request"
        panels={{
          JSON: () => (
            <>
              <div class="actions">
                <Copy text={() => json} />
                <button onClick={() => setPasting(true)}>Paste JSON</button>
              </div>
              <pre tabIndex={0}>{json}</pre>
            </>
          ),
          Code: () => (
            <>
              <div class="actions">
                <Select
                  label="Language"
                  value={language}
                  options={LANGUAGES.map((name) => [name, name])}
                  onChange={setLanguage}
                />
                <Copy text={code} />
              </div>
              <pre tabIndex={0}>{code()}</pre>
              <p class="note">
                It reads the key from <code>PIKA_EDGE_API_KEY</code>.
              </p>
            </>
          ),
        }}
      >
        <Copy text={link}>Copy as link</Copy>
      </Tabs>
      {isPasting && <PasteJson onDraft={setDraft} onClose={() => setPasting(false)} />}
    </section>
  )
}

type PasteJsonProps = { onDraft: (draft: Draft) => void; onClose: () => void }

const PasteJson = ({ onDraft, onClose }: PasteJsonProps) => {
  const [text, setText] = useState('')
  const [error, setError] = useState<string>()
  const fill = (event: Event) => {
    event.preventDefault()
    const request: unknown = quietly(() => JSON.parse(text))
    if (request === undefined) return setError('cannot be read.')
    const checked = checkRequest(request)
    if (!checked.ok) return setError(Object.entries(checked.errors).flat().join(' '))
    onDraft(draftOf(checked.request))
    onClose()
  }
  return (
    <Dialog label="Paste a request" onClose={onClose}>
      <form onSubmit={fill}>
        <h2>Paste a request</h2>
        <TextField
          id="paste"
          label="JSON"
          rows={10}
          placeholder={'{ "prompt": "…", "aspect_ratio": "9:16" }'}
          value={text}
          onText={setText}
          error={error}
        />
        <p class="actions">
          <button class="primary">Fill the form</button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </p>
      </form>
    </Dialog>
  )
}

/** The request next to the form: the JSON to send, and code that sends it. */
import { useState } from 'preact/hooks'
import { generationRequest } from '../contract/input.ts'
import { draftOf, faultsIn, requestOf, writeRecipe } from './draft.ts'
import { chosen, Select, Field } from './fields.tsx'
import { useKept } from './hooks.ts'
import { quietly } from './key.ts'
import { type Language, LANGUAGES, sampleOf } from './samples.ts'
import { useStudio } from './studio.tsx'
import { Copy, showModal, Source } from './ui.tsx'

export const Request = () => {
  const { draft } = useStudio()
  const language = useKept<Language>('language', 'JSON')
  const [isPasting, setPasting] = useState(false)
  const request = requestOf(draft.value)
  const link = () => `${location.origin}${location.pathname}#${writeRecipe(request)}`
  return (
    <section class="panel request" aria-labelledby="request-title">
      <div class="head">
        <h2 id="request-title">The request</h2>
        <Select label="Language" {...chosen(language)} options={LANGUAGES} />
      </div>
      <Source text={sampleOf(language.value, request, location.origin)}>
        <button onClick={() => setPasting(true)}>Paste JSON</button>
        <Copy text={link}>Copy as link</Copy>
      </Source>
      {language.value !== 'JSON' && (
        <p class="note">
          It reads the key from <code>PIKA_EDGE_API_KEY</code>.
        </p>
      )}
      {isPasting && <PasteJson onClose={() => setPasting(false)} />}
    </section>
  )
}

const PasteJson = ({ onClose }: { onClose: () => void }) => {
  const { change } = useStudio()
  const [text, setText] = useState('')
  const [error, setError] = useState<string>()
  const fill = (event: Event) => {
    event.preventDefault()
    const request: unknown = quietly(() => JSON.parse(text))
    if (request === undefined) return setError('cannot be read.')
    const checked = generationRequest.safeParse(request)
    if (!checked.success) return setError(Object.entries(faultsIn(checked.error)).flat().join(' '))
    change(draftOf(checked.data))
    onClose()
  }
  return (
    <dialog ref={showModal} aria-label="Paste a request" onClose={onClose}>
      <form onSubmit={fill}>
        <h2>Paste a request</h2>
        <Field
          id="paste"
          label="JSON"
          rows={10}
          placeholder={'{ "prompt": "…", "aspect_ratio": "9:16" }'}
          value={text}
          onChange={setText}
          error={error}
        />
        <p class="actions">
          <button class="primary">Fill the form</button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </p>
      </form>
    </dialog>
  )
}

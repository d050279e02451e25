/** The request beside the form: the JSON that will be sent, and the code that sends it. */
import { useState } from 'preact/hooks'
import { generationRequest } from '../contract/input.ts'
import { draftOf, faultsIn, requestOf, writeRecipe } from './draft.ts'
import { Select, TextField } from './fields.tsx'
import { useKept } from './hooks.ts'
import { quietly } from './key.ts'
import { type Language, LANGUAGES, sampleOf } from './samples.ts'
import { useStudio } from './studio.ts'
import { Copy, showModal, Source, Tabs } from './ui.tsx'

export const Request = () => {
  const { draft } = useStudio()
  const request = requestOf(draft)
  const link = () => `${location.origin}${location.pathname}#${writeRecipe(request)}`
  return (
    <section class="panel request" aria-label="The request">
      <Tabs
        label="The request"
        panels={{
          JSON: () => <Json json={JSON.stringify(request, null, 2)} />,
          Code: () => <Code request={request} />,
        }}
      >
        <Copy text={link}>Copy as link</Copy>
      </Tabs>
    </section>
  )
}

const Code = ({ request }: { request: unknown }) => {
  const [language, setLanguage] = useKept<Language>('language', 'curl')
  const code = sampleOf(language, request, location.origin)
  return (
    <>
      <Source text={code}>
        <Select label="Language" value={language} options={LANGUAGES} onChange={setLanguage} />
      </Source>
      <p class="note">
        It reads the key from <code>PIKA_EDGE_API_KEY</code>.
      </p>
    </>
  )
}

const Json = ({ json }: { json: string }) => {
  const { setDraft } = useStudio()
  const [isPasting, setPasting] = useState(false)
  const [text, setText] = useState('')
  const [error, setError] = useState<string>()
  const close = () => setPasting(false)
  const fill = (event: Event) => {
    event.preventDefault()
    const request: unknown = quietly(() => JSON.parse(text))
    if (request === undefined) return setError('cannot be read.')
    const checked = generationRequest.safeParse(request)
    if (!checked.success) return setError(Object.entries(faultsIn(checked.error)).flat().join(' '))
    setDraft(draftOf(checked.data))
    close()
  }
  return (
    <>
      <Source text={json}>
        <button onClick={() => setPasting(true)}>Paste JSON</button>
      </Source>
      {isPasting && (
        <dialog ref={showModal} aria-label="Paste a request" onClose={close}>
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
              <button type="button" onClick={close}>
                Cancel
              </button>
            </p>
          </form>
        </dialog>
      )}
    </>
  )
}

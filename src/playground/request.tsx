/** The request next to the form: the JSON to send, and code that sends it. */
import { useSignal } from '@preact/signals'
import { useRef, useState } from 'preact/hooks'
import { faultsOf } from '../contract/problem.ts'
import { generationRequest } from '../contract/input.ts'
import { draftOf, requestOf, writeRecipe } from './draft.ts'
import { chosen, Select, Field } from './fields.tsx'
import { useKept } from './hooks.ts'
import { quietly } from './key.ts'
import { type Language, LANGUAGES, sampleOf } from './samples.ts'
import { useStudio } from './studio.tsx'
import { Copy, Source } from './ui.tsx'

export const Request = () => {
  const { draft } = useStudio()
  const language = useKept<Language>('language', 'JSON')
  const request = requestOf(draft.value)
  const link = () => `${location.origin}${location.pathname}#${writeRecipe(request)}`
  return (
    <section class="panel request" aria-labelledby="request-title">
      <div class="head">
        <h2 id="request-title">The request</h2>
        <Select label="Language" {...chosen(language)} options={LANGUAGES} />
      </div>
      <Source text={sampleOf(language.value, request, location.origin)}>
        <PasteJson />
        <Copy text={link}>Copy as link</Copy>
      </Source>
      {language.value !== 'JSON' && (
        <p class="note">
          It reads the key from <code>PIKA_EDGE_KEY</code>.
        </p>
      )}
    </section>
  )
}

const PasteJson = () => {
  const { change } = useStudio()
  const dialog = useRef<HTMLDialogElement>(null)
  const text = useSignal('')
  const [error, setError] = useState<string>()
  const fill = (event: Event) => {
    event.preventDefault()
    const request: unknown = quietly(() => JSON.parse(text.value))
    if (request === undefined) return setError('cannot be read.')
    const checked = generationRequest.safeParse(request)
    if (!checked.success) {
      const faults = faultsOf(checked.error).map(({ path, message }) => `${path} ${message}`)
      return setError(faults.join(', '))
    }
    change(draftOf(checked.data))
    setError(undefined)
    text.value = ''
    dialog.current?.hidePopover()
  }
  return (
    <>
      <button popovertarget="paste-json">Paste JSON</button>
      <dialog id="paste-json" popover="auto" aria-label="Paste a request" ref={dialog}>
        <form onSubmit={fill}>
          <h2>Paste a request</h2>
          <Field
            id="paste"
            label="JSON"
            rows={10}
            autofocus
            placeholder={'{ "prompt": "…", "aspect_ratio": "9:16" }'}
            {...chosen(text)}
            error={error}
          />
          <button class="primary">Fill the form</button>
        </form>
      </dialog>
    </>
  )
}

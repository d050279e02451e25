/** What every runtime must manage with the client as it is installed. */
import { createPikaClient, PikaError } from 'pika-edge/client'

/** @returns what came of it, the same wherever it runs */
export const tryEverything = async (options) => {
  const pika = createPikaClient(options)
  const response = await pika.api.v1.generations.$post({ json: { prompt: 'A kettle, steaming' } })
  const created = await response.json()
  const types = []
  for await (const event of pika.events(created.id)) types.push(event.type)
  const final = await pika.waitFor(created.id)
  const generated = await pika.generate(
    { prompt: 'Sunlight on a slow river', resolution: '1080p' },
    { timeoutMs: 300_000 },
  )
  const refused = await pika.generate({ prompt: '' }).catch((error) => error)
  const stop = new AbortController()
  stop.abort(new Error('enough'))
  const stopped = await pika
    .generate({ prompt: 'Never sent' }, { signal: stop.signal })
    .catch((error) => error)
  return {
    created: response.status,
    lastEvent: types.at(-1),
    final: final.status,
    generated: generated.status,
    hasVideo: generated.video.url.startsWith('http'),
    refused: refused instanceof PikaError && [refused.code, refused.status],
    stopped: stopped.message,
  }
}

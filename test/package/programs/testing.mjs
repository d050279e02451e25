/** The emulator as anyone's own tests use it: prints what fal's queue said. */
import { startEmulator } from 'pika-edge/testing'

const emulator = await startEmulator({ queueMs: 0, renderMs: 0 })
const headers = { authorization: `Key ${emulator.falKey}`, 'content-type': 'application/json' }
const submitted = await fetch(`${emulator.url}/fal-ai/pika/v2.2/text-to-video`, {
  method: 'POST',
  headers,
  body: JSON.stringify({ prompt: 'A kettle, steaming' }),
})
const { response_url } = await submitted.json()
const result = await (await fetch(response_url, { headers })).json()
const video = await fetch(result.video.url)
const bytes = (await video.arrayBuffer()).byteLength
const jobs = emulator.emulator.jobs().length
await emulator.close()
process.stdout.write(
  JSON.stringify({ submitted: submitted.status, type: video.headers.get('content-type'), jobs }),
)
if (bytes < 10_000) throw new Error(`a video of ${bytes} bytes`)

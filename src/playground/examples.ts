/** Example prompts, and the markers that force an outcome in the fal emulator. */

export const EXAMPLES = Object.entries({
  'Greenhouse at dawn':
    'Morning sun streams through the tall windows of an old greenhouse. Dust glows in the air as the camera drifts slowly past ferns toward a cat asleep on warm stone.',
  'Paper boat in rain':
    'A paper boat rides a stream of rain along a city kerb at night, neon signs mirrored in the water. Low camera, following close behind.',
  'Clay astronaut':
    'Stop motion: a small clay astronaut plants a flag on a wheel of blue cheese, then waves. Soft studio light, visible fingerprints in the clay.',
})

/** @see ../emulator/README.md */
export const FORCED_OUTCOMES = [
  ['Refused by policy', '[emulator: outcome=content_policy]'],
  ['No video', '[emulator: outcome=no_media]'],
  ['Renders a minute', '[emulator: render_ms=60000]'],
  ['Long queue', '[emulator: queue_ms=60000 queue_position=12]'],
  ['Answer lost', '[emulator: submit=lost]'],
  ['fal account locked', '[emulator: submit=locked]'],
] as const
